import type { RunEvent, RunFinished } from '../../contracts/event.js';
import { VERDICTS, type Verdict } from '../../contracts/result.js';
import { oneLine, plural } from '../../format/text.js';

type Counts = Record<Verdict, number>;
const noCounts = (): Counts => ({ failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 0, skipped: 0 });

/** Finds out whether events of a saved run were lost: each case that begins ends before its run does, which counts them. */
export class Tally {
  finished: RunFinished | undefined;
  readonly #cases = noCounts();
  readonly #steps = noCounts();
  #judgements = 0;
  /** Lines at which cases began that have not ended, by the case's id. */
  readonly #running = new Map<string, number[]>();

  /** Says in words what is amiss. */
  add(event: RunEvent, line: number): string | undefined {
    if (this.finished) return 'an event after the end of its run';
    if (event.type === 'case.started') {
      const { id } = event.case;
      this.#running.set(id, [...(this.#running.get(id) ?? []), line]);
    } else if (event.type === 'step.finished') {
      if (event.step.section !== 'catch') this.#steps[event.verdict]++;
    } else if (event.type === 'case.retried' || event.type === 'case.finished') {
      const { id } = event.case;
      if (this.#running.get(id)?.pop() === undefined)
        return `${oneLine(id)} ends here and began nowhere: lines are lost`;
      this.#judgements += event.judgements;
      if (event.type === 'case.finished') this.#cases[event.verdict]++;
    } else if (event.type === 'run.finished') {
      this.finished = event;
      return this.#missing(event);
    }
    return undefined;
  }

  #missing({ cases, steps, judgements }: RunFinished): string | undefined {
    for (const [id, [line]] of this.#running) {
      if (line !== undefined)
        return `the run ends, and ${oneLine(id)}, which began in line ${line}, did not: lines are lost`;
    }
    for (const verdict of VERDICTS) {
      const told = [
        differ(cases[verdict], this.#cases[verdict], `${verdict} case`),
        differ(steps[verdict], this.#steps[verdict], `${verdict} step`),
      ];
      const problem = told.find((text) => text !== undefined);
      if (problem !== undefined) return problem;
    }
    return differ(judgements, this.#judgements, 'judgement');
  }
}

const differ = (counted: number, seen: number, what: string): string | undefined =>
  counted === seen
    ? undefined
    : `the run ended with ${plural(counted, what)}, and this file has ${seen}: lines are lost`;
