import type { RunFinished, RunStarted } from '../../contracts/event.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, plural } from '../../format/text.js';
import { describeTarget } from '../pretty/summary.js';
import { describeShard, explainVerdict, verdictOfRun } from '../verdict.js';
import { type Content, html, type Markup } from './markup.js';
import { OUTCOMES, type Outcome } from './model.js';
import { verdictMark } from './verdict.js';

export interface Run {
  readonly started: RunStarted | undefined;
  readonly finished: RunFinished | undefined;
  readonly counts: Readonly<Record<Outcome, number>>;
}

/** What the run came to, and what of. */
export function renderSummary(run: Run): Markup {
  const { finished } = run;
  const verdict: Outcome = finished ? verdictOfRun(finished) : 'unfinished';
  const title = finished ? explainVerdict(finished) : 'The run did not finish';
  const reason = finished?.reason;
  return html`<header class="run ${verdict}">
<p class="brand">Redrill ${run.started?.redrill}</p><button type="button" id="theme" hidden>Theme</button>
<h1>${verdictMark(verdict)}<span>${title}</span></h1>
${reason !== undefined && !title.includes(reason) && html`<p class="reason">${reason}</p>`}
${renderBar(run.counts)}
<dl class="facts">${factsOf(run).map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

export const titleOf = ({ finished }: Run): string =>
  `${finished ? explainVerdict(finished) : 'The run did not finish'} – Redrill`;

function factsOf({ started, finished }: Run): readonly (readonly [label: string, value: Content])[] {
  const { target, targets, shard } = started ?? {};
  return [
    ...(finished
      ? [
          ['Duration', formatDuration(finished.durationMs)] as const,
          ['Judgements', formatCount(finished.judgements)] as const,
        ]
      : []),
    ...(started ? [['Started', renderTime(started.time)] as const] : []),
    ...(started ? [['Cases', `${formatCount(started.cases)} in ${plural(started.files, 'file')}`] as const] : []),
    ...(shard ? [['Shard', describeShard(shard)] as const] : []),
    ...(target ? [['Target', describeTarget(target)] as const] : []),
    ...(targets ? [['Targets', targets.map(({ name }) => name).join(', ')] as const] : []),
    ...(started ? [['Seed', html`<code>${started.seed}</code>`] as const] : []),
    ...(finished ? [['Exit code', finished.exitCode] as const] : []),
  ];
}

/** In UTC, so that a report is the same wherever it is made. */
function renderTime(time: number): Markup {
  const text = new Date(time).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** How the cases are shared among the verdicts. */
function renderBar(counts: Run['counts']): Markup {
  const all = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
  if (all === 0) return html``;
  // One of ten thousand is still to be seen.
  const shares = OUTCOMES.map((outcome) => (counts[outcome] === 0 ? 0 : Math.max(counts[outcome] / all, 0.008)));
  const sum = shares.reduce((total, share) => total + share, 0);
  let x = 0;
  const parts = OUTCOMES.map((outcome, index) => {
    const width = (1000 * (shares[index] ?? 0)) / sum;
    const part =
      width > 0 && html`<rect class="${outcome}" x="${Math.round(x)}" width="${Math.round(width)}" height="10"/>`;
    x += width;
    return part;
  });
  return html`<svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}
