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

export interface StepNode {
  readonly kind: 'step';
  readonly step: StepReference;
  /** Where it ran, when the step around it runs its steps more than once: `#7`, `branch1`. */
  readonly label: string;
  /** Absent when it did not finish. */
  finished?: StepFinished;
  readonly children: Siblings;
  /** Steps inside that finished, shown or not. */
  inside: number;
}

/** Finished steps that were counted and dropped. */
export interface Dropped {
  readonly kind: 'dropped';
  readonly counts: Partial<Record<Verdict, number>>;
}

/** The steps of one list, in order of start; of a step that runs again and again only the first few. */
export class Siblings {
  private readonly entries: { readonly branch: number; readonly start: number; readonly entry: Entry }[] = [];
  /** Made for the first step in a loop: each step has a list of those inside it. */
  private kept: Map<string, number> | undefined;

  add(node: StepNode, start: number): void {
    const verdict = node.finished?.verdict;
    // Without a label there is neither a branch nor an iteration, and most steps have none.
    const branch = node.label === '' ? 0 : Number(/^branch(\d+)/.exec(node.label)?.[1] ?? 0);
    if (verdict === undefined || this.keeps(verdict, node.step.key)) {
      this.entries.push({ branch, start, entry: node });
      return;
    }
    let last = this.entries.at(-1)?.entry;
    if (last?.kind !== 'dropped') {
      last = { kind: 'dropped', counts: {} };
      this.entries.push({ branch, start, entry: last });
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

  list(): Entry[] {
    return this.entries.sort((a, b) => a.branch - b.branch || a.start - b.start).map(({ entry }) => entry);
  }

  clear(): void {
    this.entries.length = 0;
    this.kept = undefined;
  }
}

export type Entry = StepNode | Dropped;

interface OpenStep {
  readonly node: StepNode;
  readonly start: number;
  /** Steps inside that still run: a background step outlives the step around it. */
  inside: number;
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
  private readonly open = new Map<string, OpenStep>();

  /** `keepPassed`: what is inside a passed step will be shown too. */
  constructor(private readonly keepPassed: boolean) {}

  start({ step }: StepStarted): void {
    this.add(step);
  }

  finish(event: StepFinished): void {
    const { step } = event;
    const open = this.open.get(step.key) ?? this.add(step);
    open.node.finished = event;
    if (step.section !== 'catch') this.finishedSteps++;
    if (event.verdict === 'passed' && !this.keepPassed) open.node.children.clear();
    if (open.inside === 0) this.open.delete(step.key);
    this.attach(open);
  }

  /** Puts the steps that never finished in their places. */
  close(): void {
    for (const open of this.open.values()) {
      if (!open.node.finished) this.attach(open);
    }
  }

  private add(step: StepReference): OpenStep {
    const label = step.parent === null ? '' : step.key.slice(step.parent.length).replace(/^\.|\.?\d+$/g, '');
    const node: StepNode = { kind: 'step', step, label, children: new Siblings(), inside: 0 };
    const open = { node, start: this.started++, inside: 0 };
    this.open.set(step.key, open);
    const around = this.around(step);
    if (around) around.inside++;
    return open;
  }

  private attach({ node, start }: OpenStep): void {
    const around = this.around(node.step);
    (around?.node.children ?? this.sections[node.step.section]).add(node, start);
    if (!around) return;
    around.inside--;
    around.node.inside += node.inside + (node.finished ? 1 : 0);
    if (around.node.finished && around.inside === 0) this.open.delete(around.node.step.key);
  }

  private around({ parent }: StepReference): OpenStep | undefined {
    return parent === null ? undefined : this.open.get(parent);
  }
}
