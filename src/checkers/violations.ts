import { formatCount, plural } from '../format/text.js';
import type { EarlyDeliveries } from './early.js';
import type { Outcome } from './outcome.js';

/** What a guarantee can forbid of an outcome. */
export type Violation = 'lost' | 'unexpected' | 'discarded' | 'redelivered' | 'duplicated';

/** Sentences on what happened, none where it did not; the first tells how often and of which messages. */
export function describeViolation(kind: Violation, outcome: Outcome): string[] {
  const { count, list } = outcome[kind];
  if (count === 0) return [];
  const were = count === 1 ? 'was' : 'were';
  const times = count === 1 ? 'once' : `${formatCount(count)} times`;
  switch (kind) {
    case 'lost':
      return [
        `${formatCount(count)} of ${plural(outcome.owed, 'acknowledged message')} ${were} lost: ${list}`,
        ...outcome.storyOfMissing(),
      ];
    case 'unexpected':
      return [`${plural(count, 'message')} came that nobody had pushed: ${list}`];
    case 'discarded':
      return [`${plural(count, 'message')} ${were} given up without a dead-letter queue: ${list}`];
    case 'redelivered':
      return [`${times} a message was delivered again: ${list}`];
    case 'duplicated':
      return [`${times} a message was completed, or had its effect, again: ${list}`];
  }
}

export function describeEarly({ early, first }: EarlyDeliveries): string[] {
  if (early.count === 0 || first === undefined) return [];
  const came = early.count === 1 ? '1 delivery' : `${formatCount(early.count)} deliveries`;
  return [`${came} came before the message was due: ${early.list}`, first];
}
