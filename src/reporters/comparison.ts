import type { CaseFinished, CaseStarted, NamedTarget, RunEvent } from '../contracts/event.js';
import type { Failure, Location, Verdict } from '../contracts/result.js';

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
  readonly verdicts: readonly (Verdict | null)[];
  /** Targets that were reached do not agree. */
  readonly differs: boolean;
}

interface Row {
  readonly event: CaseStarted | CaseFinished;
  readonly verdicts: Map<string, Verdict>;
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
        if (event.case.target !== undefined) this.row(event)?.verdicts.set(event.case.target, event.verdict);
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
      cases: cases.map(({ event, verdicts }) => ({
        name: event.case.name,
        location: event.location,
        verdicts: targets.map(({ name }) => verdicts.get(name) ?? null),
        differs: new Set(reached.flatMap(({ name }) => verdicts.get(name) ?? [])).size > 1,
      })),
    };
  }

  private row(event: CaseStarted | CaseFinished): Row | undefined {
    const { id, target } = event.case;
    if (target === undefined) return undefined;
    if (!this.targets.has(target)) this.targets.set(target, { name: target });
    const end = `@${target}`;
    const key = id.endsWith(end) ? id.slice(0, -end.length) : id;
    const row = this.rows.get(key) ?? { event, verdicts: new Map() };
    this.rows.set(key, row);
    return row;
  }
}
