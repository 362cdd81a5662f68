import type { HistoryOperation } from '../../../contracts/history.js';
import type { LifeEvent, MessageLife, MessageSample } from '../../../contracts/timeline.js';
import { formatDuration } from '../../../format/quantity.js';
import { formatCount, plural } from '../../../format/text.js';
import { html, type Markup } from '../markup.js';
import { renderFold } from './fold.js';

/** What became of some messages, with a search among them. */
export function renderMessages({ total, lives }: MessageSample, titles: ReadonlyMap<string, string>): Markup {
  if (lives.length === 0) return html``;
  const findings = [...new Set(lives.flatMap((life) => life.findings))];
  const note = lives.length < total ? `${formatCount(lives.length)} of ${formatCount(total)}` : formatCount(total);
  const options = findings.map((finding) => html`<option>${finding}</option>`);
  return renderFold({ kind: 'messages', title: 'Messages', note, open: findings.length > 0 }, [
    html`<div class="life-filters"><label>Message <input type="search" class="life-search" autocomplete="off" spellcheck="false" placeholder="id or text"></label>
<label>Finding <select class="life-finding"><option value="">any</option>${options}</select></label>
<output class="life-count">${plural(lives.length, 'message')}</output></div>`,
    html`<div class="lives">${lives.map((life, index) => renderLife(life, titles, index === 0 && life.findings.length > 0))}</div>`,
  ]);
}

function renderLife(life: MessageLife, titles: ReadonlyMap<string, string>, open: boolean): Markup {
  const { id, of, findings, body, events, omitted } = life;
  const last = events.at(-1);
  const end = last ? `${verbOf(last)} at ${formatDuration(last.atMs)}` : 'no event';
  return html`<details class="life" data-finding="${findings.join(' ')}" data-text="${`${id} ${of} ${body ?? ''}`.toLowerCase()}"${open && html` open`}>
<summary><code class="id">${id}</code> <span class="muted">${of}</span> ${findings.map((finding) => html`<span class="finding ${finding}">${finding}</span> `)}<span class="end">${end}</span></summary>
<div class="inside">${body !== undefined && html`<p class="body"><span class="muted">body</span> <code>${body}</code></p>`}
<ol class="events">${events.map((event, index) => renderEvent(event, events[index - 1], titles))}${omitted !== undefined && html`<li class="muted">… ${plural(omitted, 'more event')}</li>`}</ol></div></details>`;
}

function renderEvent(event: LifeEvent, before: LifeEvent | undefined, titles: ReadonlyMap<string, string>): Markup {
  const { atMs, operation, phase, actor, attempt, step, fault } = event;
  const since = before ? `+${formatDuration(atMs - before.atMs)}` : '';
  const title = titles.get(step) ?? step;
  const who = [actor, ...(title !== actor && title !== '' ? [title] : [])].filter((word) => word !== '').join(' · ');
  return html`<li class="op-${operation} phase-${phase}"><span class="when">${formatDuration(atMs)}<span class="since">${since}</span></span><span class="what"><strong>${sentence(event)}</strong>${attempt > 1 && html` <span class="attempt">attempt ${attempt}</span>`}${fault !== undefined && html` <span class="fault">${fault}</span>`}<span class="who">${who}</span></span></li>`;
}

const VERBS: Readonly<Record<HistoryOperation, string>> = {
  push: 'pushed',
  deliver: 'delivered',
  effect: 'effect applied',
  complete: 'completed',
  handlerFail: 'failed in its handler',
  crash: 'consumer crashed with it',
  retry: 'put back for a retry',
  deadLetter: 'dead-lettered',
  discard: 'discarded',
  redrive: 'redriven',
  purge: 'purged',
  subscribe: 'subscribed',
  disconnect: 'disconnected',
  caughtUp: 'caught up',
  look: 'looked at',
  queued: 'seen in the queue',
  inFlight: 'seen in flight',
  dead: 'seen as a dead letter',
  done: 'seen as done',
};

/** `delivered`, and where that did not happen or nobody knows, so. */
function verbOf({ operation, phase }: LifeEvent): string {
  const verb = VERBS[operation];
  switch (phase) {
    case 'ok':
      return verb;
    case 'invoke':
      return operation === 'push' ? 'push sent' : `${verb}: begun`;
    case 'fail':
      return operation === 'effect' ? 'effect held back: applied before' : `not ${verb}`;
    case 'info':
      return `${verb}? nobody knows`;
  }
}

function sentence(event: LifeEvent): string {
  const { operation, target, to, actor } = event;
  const verb = verbOf(event);
  switch (operation) {
    case 'push':
    case 'redrive':
      return `${verb} to ${target}`;
    case 'deliver':
      return `${verb} to ${consumer(actor)}`;
    case 'deadLetter':
      return to === undefined ? verb : `${verb} to ${to}`;
    default:
      return verb;
  }
}

/** `worker 2` of `work/2`; another name as it is. */
function consumer(actor: string): string {
  const [, number] = /\/(\d+(?:\+\d+)?)$/.exec(actor) ?? [];
  return number === undefined ? actor : `consumer ${number}`;
}
