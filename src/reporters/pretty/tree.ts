import type { Section, StepFinished, StepReference, StepStarted } from '../../contracts/event.js';
import type { Forensics } from '../../contracts/forensics.js';
import type { Verdict } from '../../contracts/result.js';

/** How many iterations of one step in a file are kept for each verdict; all others are only counted. */
const KEPT: Readonly<Record<Verdict, number>> = {
  failed: 10,
  errored: 10,
  unknown: 10,
  flaky: 3,
  passed: 3,
  skipped: 3,
};

/** Where an entry stands among its siblings. */
interface Placed {
  readonly branch: number;
  /** How many steps of the case had started before it. */
  readonly start: number;
}

/** A step that runs or ran. One object for each: there are many. */
export class StepNode implements Placed {
  readonly kind = 'step';
  readonly branch: number;
  /** Undefined when it did not finish. */
  finished: StepFinished | undefined = undefined;
  /** Steps inside that finished, shown or not. */
  inside = 0;
  /** Steps inside that still run: a background step outlives the step around it. */
  running = 0;
  private siblings: Siblings | undefined = undefined;

  constructor(
    readonly step: StepReference,
    /** Where it ran, when the step around it runs its steps more than once: `#7`, `branch1`. */
    readonly label: string,
    readonly start: number,
  ) {
    // Without a label there is neither a branch nor an iteration, and most steps have none.
    this.branch = label === '' ? 0 : Number(/^branch(\d+)/.exec(label)?.[1] ?? 0);
  }

  addInside(node: StepNode): void {
    this.siblings ??= new Siblings();
    this.siblings.add(node);
  }

  /** The steps inside that are kept. */
  list(): readonly Entry[] {
    return this.siblings?.list() ?? NONE;
  }

  clear(): void {
    this.siblings = undefined;
  }
}

/** Finished steps that were counted and dropped. */
export interface Dropped extends Placed {
  readonly kind: 'dropped';
  readonly counts: Partial<Record<Verdict, number>>;
}

export type Entry = StepNode | Dropped;

const NONE: readonly Entry[] = [];

/** The steps of one list, in order of start; of a step that runs again and again only the first few. */
export class Siblings {
  private readonly entries: Entry[] = [];
  /** Made for the first step in a loop: each step has a list of those inside it. */
  private kept: Map<string, number> | undefined;

  add(node: StepNode): void {
    const verdict = node.finished?.verdict;
    if (verdict === undefined || this.keeps(verdict, node.step.key)) {
      this.entries.push(node);
      return;
    }
    let last = this.entries.at(-1);
    if (last?.kind !== 'dropped') {
      last = { kind: 'dropped', counts: {}, branch: node.branch, start: node.start };
      this.entries.push(last);
    }
    last.counts[verdict] = (last.counts[verdict] ?? 0) + 1;
  }

  private keeps(verdict: Verdict, key: string): boolean {
    // Only in a loop does a step run again.
    if (!key.includes('#')) return true;
    const group = `${verdict} ${key.replace(/#\d+/g, '#')}`;
    this.kept ??= new Map();
    const kept = this.kept.get(group) ?? 0;
    if (kept >= KEPT[verdict]) return false;
    this.kept.set(group, kept + 1);
    return true;
  }

  list(): readonly Entry[] {
    return this.entries.sort((a, b) => a.branch - b.branch || a.start - b.start);
  }
}

/** The steps of one case, kept only as far as they can be printed. */
export class StepTree {
  readonly sections: Readonly<Record<Section, Siblings>> = {
    setup: new Siblings(),
    steps: new Siblings(),
    catch: new Siblings(),
    teardown: new Siblings(),
    always: new Siblings(),
  };
  /** Finished steps, without the diagnostics under `catch`. */
  finishedSteps = 0;
  /** What was found out when the case did not pass. */
  forensics: Forensics | undefined;
  private started = 0;
  /** Steps that still run or have one inside that does, by key. */
  private readonly open = new Map<string, StepNode>();

  /** `keepPassed`: what is inside a passed step will be shown too. */
  constructor(private readonly keepPassed: boolean) {}

  start({ step }: Pick<StepStarted, 'step'>): void {
    this.add(step);
  }

  finish(event: StepFinished): void {
    const { step } = event;
    const node = this.open.get(step.key) ?? this.add(step);
    node.finished = event;
    if (step.section !== 'catch') this.finishedSteps++;
    if (event.verdict === 'passed' && !this.keepPassed) node.clear();
    if (node.running === 0) this.open.delete(step.key);
    this.attach(node);
  }

  /** Puts the steps that never finished in their places. */
  close(): void {
    for (const node of this.open.values()) {
      if (!node.finished) this.attach(node);
    }
  }

  private add(step: StepReference): StepNode {
    const label = step.parent === null ? '' : step.key.slice(step.parent.length).replace(/^\.|\.?\d+$/g, '');
    const node = new StepNode(step, label, this.started++);
    this.open.set(step.key, node);
    const around = this.around(step);
    if (around) around.running++;
    return node;
  }

  private attach(node: StepNode): void {
    const around = this.around(node.step);
    if (!around) {
      this.sections[node.step.section].add(node);
      return;
    }
    around.addInside(node);
    around.running--;
    around.inside += node.inside + (node.finished ? 1 : 0);
    if (around.finished && around.running === 0) this.open.delete(around.step.key);
  }

  private around({ parent }: StepReference): StepNode | undefined {
    return parent === null ? undefined : this.open.get(parent);
  }
}
