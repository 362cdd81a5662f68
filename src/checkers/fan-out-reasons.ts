import { plural } from '../format/text.js';
import type { Gap } from './account.js';

/** What one subscriber was owed and got; `gaps` holds the first of them alone. */
export interface SubscriberRow {
  readonly subscriber: string;
  readonly owed: number;
  readonly received: number;
  readonly lost: number;
  readonly undecided: number;
  readonly unexpected: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly recovered: number;
  readonly disconnects: number;
  readonly caughtUp: boolean;
  readonly gaps: readonly Gap[];
}

export interface Asked {
  readonly guarantee: 'every-subscriber' | 'none';
  readonly order: 'none' | 'fifo';
}

export interface Published {
  readonly acknowledged: number;
  /** Messages without an outcome yet. */
  readonly pending: number;
  /** Steps that have no subscriber. */
  readonly silent: readonly string[];
}

/** Subscribers that are named in a sentence of their own. */
const SHOWN = 3;

type Rows = readonly SubscriberRow[];

export function whatIsWrong(rows: Rows, { guarantee, order }: Asked): string[] {
  return [
    ...(guarantee === 'every-subscriber' ? [...wordLosses(rows), ...wordStrangers(rows)] : []),
    ...(order === 'fifo' ? wordDisorder(rows) : []),
  ];
}

export function whatIsOpen(rows: Rows, { acknowledged, pending, silent }: Published, { guarantee }: Asked): string[] {
  const behind = rows.filter(({ caughtUp }) => !caughtUp);
  const idle = guarantee === 'every-subscriber' && acknowledged > 0 ? rows.filter(({ owed }) => owed === 0) : [];
  return [
    ...(acknowledged === 0 ? ['no message was acknowledged'] : []),
    ...(pending > 0 ? [`the outcome of ${plural(pending, 'message')} was still open`] : []),
    ...silent.map((step) => `${step} has no subscriber`),
    ...(rows.length === 0 && silent.length === 0 ? ['nobody has subscribed'] : []),
    ...wordEach(behind, ({ subscriber }) => `${subscriber} may not have read all that was published`),
    ...wordEach(idle, ({ subscriber }) => `nothing was published for ${subscriber}`),
  ];
}

const wordLosses = (rows: Rows): string[] =>
  wordEach(
    rows.filter(({ lost }) => lost > 0),
    ({ subscriber, lost, owed, gaps: [gap] }) =>
      `${subscriber} lost ${lost} of ${plural(owed, 'message')}${gap ? `: ${wordGap(gap)}` : ''}`,
  );

const wordStrangers = (rows: Rows): string[] =>
  wordEach(
    rows.filter(({ unexpected }) => unexpected > 0),
    ({ subscriber, unexpected }) =>
      `${subscriber} was delivered ${plural(unexpected, 'message')} that nobody in the case had published`,
  );

const wordDisorder = (rows: Rows): string[] =>
  wordEach(
    rows.filter(({ reordered }) => reordered > 0),
    ({ subscriber, reordered }) =>
      `${subscriber} received ${plural(reordered, 'message')} before one that was published earlier`,
  );

const CAUSES: Readonly<Record<Gap['cause'], string>> = {
  late: 'published before it had subscribed',
  disconnect: 'while its connection was broken',
  unknown: 'for no known cause',
};

function wordGap({ first, last, count, channel, after, cause }: Gap): string {
  const which = count === 1 ? first : `${first} to ${last}`;
  return `${which} on ${channel}${after === null ? '' : `, after ${after}`}, ${CAUSES[cause]}`;
}

function wordEach(rows: Rows, word: (row: SubscriberRow) => string): string[] {
  const more = rows.length - SHOWN;
  return [...rows.slice(0, SHOWN).map(word), ...(more > 0 ? [`the same of ${plural(more, 'more subscriber')}`] : [])];
}
