import type { StepFinished, StepReference, StepStarted } from '../../contracts/event.js';
import { StepTree } from '../pretty/tree.js';

/** The steps of an attempt as they come. Most pass one after the other: a tree is made where there is more to them. */
export class AttemptSteps {
  readonly #passed: StepFinished[] = [];
  #running: StepStarted | undefined;
  #tree: StepTree | undefined;

  start(event: StepStarted): void {
    if (this.#tree === undefined && this.#running === undefined && isAlone(event.step)) this.#running = event;
    else this.tree.start(event);
  }

  finish(event: StepFinished): void {
    if (this.#running?.step.key === event.step.key && this.#tree === undefined && hasPassed(event)) {
      this.#passed.push(event);
      this.#running = undefined;
    } else this.tree.finish(event);
  }

  /** In order, where all passed one after the other. */
  get passed(): readonly StepFinished[] | undefined {
    return this.#tree === undefined && this.#running === undefined ? this.#passed : undefined;
  }

  get tree(): StepTree {
    if (this.#tree) return this.#tree;
    const tree = new StepTree(true);
    for (const event of this.#passed) {
      tree.start(event);
      tree.finish(event);
    }
    if (this.#running) tree.start(this.#running);
    this.#tree = tree;
    return tree;
  }
}

const isAlone = ({ parent, section, id, background }: StepReference): boolean =>
  parent === null && section === 'steps' && id === null && !background;

/** At once, and there is nothing more to say of it. */
export const hasPassed = ({ verdict, runs, reason }: StepFinished): boolean =>
  verdict === 'passed' && runs <= 1 && reason === undefined;
