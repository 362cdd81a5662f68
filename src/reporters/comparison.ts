import type { CaseFinished, CaseStarted, NamedTarget, RunEvent } from '../contracts/event.js';
import type { Failure, Location, Verdict } from '../contracts/result.js';
import { idOnAnyTarget } from '../format/case.js';

/** What each case came to on each of a run's targets. */
export interface Comparison {
  readonly targets: readonly ComparedTarget[];
  /** By file, in the order of each. */
  readonly cases: readonly ComparedCase[];
}

export interface ComparedTarget extends Partial<NamedTarget> {
  readonly name: string;
  /** Why none of its cases could run. */
  readonly failure?: Failure;
}

export interface ComparedCase {
  readonly name: string;
  readonly location: Location;
  /** In the order of the targets; null where it did not end. */
  readonly outcomes: readonly (Outcome | null)[];
  /** Targets that were reached do not agree. */
  readonly differs: boolean;
}

export interface Outcome {
  readonly verdict: Verdict;
  /** For whatever is no pass. */
  readonly reason: string | undefined;
}

interface Row {
  readonly event: CaseStarted | CaseFinished;
  /** By the name of the target. */
  readonly outcomes: Map<string, Outcome>;
}

/** Collects what a run on several targets tells of its cases. */
export class ComparisonCollector {
  private readonly targets = new Map<string, ComparedTarget>();
  /** By what the case's id is on every target. */
  private readonly rows = new Map<string, Row>();

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        for (const target of event.targets ?? []) this.targets.set(target.name, target);
        break;
      case 'target.started': {
        const { target, failure } = event;
        this.targets.set(target.name, { ...target, ...(failure && { failure }) });
        break;
      }
      case 'case.started':
        this.row(event);
        break;
      case 'case.finished':
        this.row(event)?.outcomes.set(event.case.target ?? '', outcomeOf(event));
        break;
      case 'step.started':
      case 'step.finished':
      case 'run.finished':
        break;
    }
  }

  /** Undefined for a run on one target. */
  comparison(): Comparison | undefined {
    const targets = [...this.targets.values()];
    if (targets.length === 0) return undefined;
    const reached = targets.filter(({ failure }) => !failure);
    const files = new Map<string, Row[]>();
    for (const row of this.rows.values()) {
      const { file } = row.event.case;
      files.set(file, [...(files.get(file) ?? []), row]);
    }
    const cases = [...files.values()].flatMap((rows) =>
      // Cases start side by side.
      rows.sort((a, b) => a.event.location.line - b.event.location.line),
    );
    return {
      targets,
      cases: cases.map(({ event, outcomes }) => ({
        name: event.case.name,
        location: event.location,
        outcomes: targets.map(({ name }) => outcomes.get(name) ?? null),
        differs: new Set(reached.flatMap(({ name }) => outcomes.get(name)?.verdict ?? [])).size > 1,
      })),
    };
  }

  private row(event: CaseStarted | CaseFinished): Row | undefined {
    const { target } = event.case;
    if (target === undefined) return undefined;
    if (!this.targets.has(target)) this.targets.set(target, { name: target });
    const key = idOnAnyTarget(event.case);
    const row = this.rows.get(key) ?? { event, outcomes: new Map() };
    this.rows.set(key, row);
    return row;
  }
}

const outcomeOf = ({ verdict, failure, reason }: CaseFinished): Outcome => ({
  verdict,
  reason: failure?.message ?? reason,
});
