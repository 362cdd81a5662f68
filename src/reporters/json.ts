import type {
  CaseAttempt,
  CaseFinished,
  CaseForensics,
  CaseRetried,
  CaseStarted,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  StepReference,
  StepStarted,
} from '../contracts/event.js';
import { defineReporter } from '../contracts/reporter.js';
import { type Comparison, ComparisonCollector } from './comparison.js';
import type { AttemptReport, CaseReport, Report, StepReport } from './json.schema.js';

interface CaseDraft {
  /** From 0, in the order in which they began. */
  readonly number: number;
  started?: CaseStarted;
  forensics: CaseForensics['forensics'] | undefined;
  finished?: CaseFinished;
  steps: StepDraft[];
  byKey: Map<string, StepDraft>;
  /** Before this one. */
  readonly retried: RetriedDraft[];
}

/** Its report as JSON, which takes less memory than what it is made of. */
interface CaseText {
  readonly file: string;
  readonly text: string;
}

interface RetriedDraft {
  readonly started: CaseStarted | undefined;
  readonly event: CaseRetried;
  readonly forensics: CaseDraft['forensics'];
  readonly steps: readonly StepDraft[];
}

interface StepDraft {
  readonly step: StepReference;
  readonly startedAt: number | null;
  finished?: StepFinished;
  readonly steps: StepDraft[];
}

export const json = defineReporter({
  name: 'json',
  summary: 'One JSON document at the end, with every case and step.',
  create: ({ output }) => {
    const collector = new ReportCollector();
    return {
      onEvent: (event) => collector.add(event),
      finish: () => {
        for (const part of collector.parts()) output.write(part);
      },
    };
  },
});

class ReportCollector {
  private started: RunStarted | undefined;
  private finished: RunFinished | undefined;
  private readonly comparison = new ComparisonCollector();
  private readonly cases: (CaseDraft | CaseText)[] = [];
  /** Cases still running, by id. */
  private readonly running = new Map<string, CaseDraft>();

  add(event: RunEvent): void {
    if (event.type === 'step.started' || event.type === 'step.finished') this.addStep(event);
    else this.addRest(event);
  }

  private addRest(event: Exclude<RunEvent, StepStarted | StepFinished>): void {
    this.comparison.add(event);
    switch (event.type) {
      case 'run.started':
        this.started = event;
        break;
      case 'target.started':
        break;
      case 'case.started':
        this.caseDraft(event.case.id).started = event;
        break;
      case 'case.retried':
        retry(this.caseDraft(event.case.id), event);
        break;
      case 'case.forensics':
        this.caseDraft(event.case).forensics = event.forensics;
        break;
      case 'case.finished':
        this.endCase(event);
        break;
      case 'run.finished':
        this.finished = event;
        break;
    }
  }

  /** The document, with a line for each case. */
  *parts(): Generator<string> {
    const files = new Map<string, string[]>();
    for (const one of this.cases) {
      const ended = 'text' in one ? one : one.started && reportText(one.started, one);
      // Steps whose case neither started nor finished belong to no file.
      if (ended === undefined) continue;
      const cases = files.get(ended.file) ?? [];
      files.set(ended.file, cases);
      cases.push(ended.text);
    }
    yield `${JSON.stringify(this.head(), null, 2).slice(0, -2)},\n  "files": [`;
    let before = '';
    for (const [file, cases] of files) {
      yield `${before}\n    { "file": ${JSON.stringify(file)}, "cases": [\n${cases.join(',\n')}\n    ] }`;
      before = ',';
    }
    yield `${before && '\n  '}]\n}\n`;
  }

  private head(): Omit<Report, 'files'> {
    const { started, finished } = this;
    const shard = started?.shard;
    const comparison = this.comparison.comparison();
    return {
      format: 1,
      redrill: started?.redrill ?? null,
      seed: started?.seed ?? null,
      target: started?.target ?? null,
      ...(shard && { shard: { index: shard.index, total: shard.total, cases: shard.cases } }),
      ...(comparison && { comparison: withVerdicts(comparison) }),
      startedAt: started?.time ?? null,
      finishedAt: finished?.time ?? null,
      durationMs: finished?.durationMs ?? null,
      verdict: finished?.verdict ?? null,
      exitCode: finished?.exitCode ?? null,
      ...(finished?.reason !== undefined && { reason: finished.reason }),
      counts: finished ? { cases: finished.cases, steps: finished.steps, judgements: finished.judgements } : null,
    };
  }

  private addStep(event: StepStarted | StepFinished): void {
    const draft = stepDraft(this.caseDraft(event.case), event);
    if (event.type === 'step.finished') draft.finished = event;
  }

  private endCase(event: CaseFinished): void {
    const draft = this.caseDraft(event.case.id);
    draft.finished = event;
    this.cases[draft.number] = reportText(event, draft);
    this.running.delete(event.case.id);
  }

  private caseDraft(id: string): CaseDraft {
    const known = this.running.get(id);
    if (known) return known;
    const draft: CaseDraft = {
      number: this.cases.length,
      forensics: undefined,
      steps: [],
      byKey: new Map(),
      retried: [],
    };
    this.running.set(id, draft);
    this.cases.push(draft);
    return draft;
  }
}

const reportText = (named: CaseStarted | CaseFinished, draft: CaseDraft): CaseText => ({
  file: named.case.file,
  text: JSON.stringify(caseReport(named, draft)),
});

function retry(draft: CaseDraft, event: CaseRetried): void {
  const { started, steps, forensics } = draft;
  draft.retried.push({ started, event, steps, forensics });
  draft.forensics = undefined;
  draft.steps = [];
  draft.byKey = new Map();
}

/** Why it came to that is told by the case itself. */
const withVerdicts = ({ targets, cases }: Comparison): NonNullable<Report['comparison']> => ({
  targets,
  cases: cases.map(({ outcomes, differs, ...named }) => ({
    ...named,
    verdicts: outcomes.map((outcome) => outcome?.verdict ?? null),
    differs,
  })),
});

function stepDraft(parent: CaseDraft, event: StepStarted | StepFinished): StepDraft {
  const { step } = event;
  const known = parent.byKey.get(step.key);
  if (known) return known;
  const draft: StepDraft = { step, startedAt: event.type === 'step.started' ? event.time : null, steps: [] };
  parent.byKey.set(step.key, draft);
  const around = step.parent === null ? undefined : parent.byKey.get(step.parent);
  (around ?? parent).steps.push(draft);
  return draft;
}

function caseReport(named: CaseStarted | CaseFinished, draft: CaseDraft): CaseReport {
  const { started, finished, forensics, steps, retried } = draft;
  return {
    id: named.case.id,
    name: named.case.name,
    ...(named.case.target !== undefined && { target: named.case.target }),
    location: named.location,
    tags: named.tags,
    matrix: started?.matrix ?? null,
    seed: started?.seed ?? null,
    namespace: started?.namespace ?? null,
    startedAt: started?.time ?? null,
    durationMs: finished?.durationMs ?? null,
    verdict: finished?.verdict ?? null,
    judgements: finished?.judgements ?? null,
    ...(finished?.reason !== undefined && { reason: finished.reason }),
    ...(finished?.failure && { failure: finished.failure }),
    ...(forensics && { forensics }),
    steps: steps.map(stepReport),
    ...(retried.length > 0 && { attempts: attemptReports(draft) }),
  };
}

function attemptReports({ started, finished, retried }: CaseDraft): AttemptReport[] {
  const earlier = retried.map((attempt) => ({
    ...attemptReport(attempt.started, attempt.event),
    ...(attempt.forensics && { forensics: attempt.forensics }),
    steps: attempt.steps.map(stepReport),
  }));
  return [...earlier, attemptReport(started, finished?.attempts?.at(-1))];
}

function attemptReport(started: CaseStarted | undefined, ended: CaseAttempt | undefined): AttemptReport {
  return {
    namespace: started?.namespace ?? null,
    startedAt: started?.time ?? null,
    durationMs: ended?.durationMs ?? null,
    verdict: ended?.verdict ?? null,
    judgements: ended?.judgements ?? null,
    ...(ended?.reason !== undefined && { reason: ended.reason }),
    ...(ended?.failure && { failure: ended.failure }),
  };
}

/** One literal, since there are many steps: put together by parts each cost ten times as much. */
function stepReport({ step, startedAt, finished, steps }: StepDraft): StepReport {
  const { key, section, id, action, title, location, background } = step;
  const report = {
    key,
    section,
    id,
    action,
    title,
    location,
    background,
    startedAt,
    durationMs: finished?.durationMs ?? null,
    verdict: finished?.verdict ?? null,
    runs: finished?.runs ?? 0,
    judged: finished?.judged ?? false,
    result: finished?.result,
    reason: finished?.reason,
    failure: finished?.failure,
    steps: steps.map(stepReport),
  };
  return report as StepReport; // JSON leaves out what is undefined
}
