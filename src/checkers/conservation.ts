import { defineChecker } from '../contracts/checker.js';
import { formatCount, plural } from '../format/text.js';
import { examplesOf, Outcome, verdictOf } from './outcome.js';
import { type Examples, selectorOf } from './selection.js';
import { Tally } from './tally.js';

export const conservation = defineChecker({
  name: 'conservation',
  summary: 'Every acknowledged message is in exactly one place at the end.',
  definition: `The places of a message are those of [total-queue](#total-queue): completed, deadLettered, discarded, purged, queued,
inFlight, or another queue that it was redriven to. By the number of places, the acknowledged messages fall into

- placed: one;
- missing: none, and nothing without an answer may have moved it;
- doubled: two or more (completed and still queued, dead-lettered and completed), or found twice by the last look;
- unknown: none, and a settling, retry, purge or redrive of it was never answered.

\`failed\`: missing or doubled is not ∅, with a complete look at the queue after the last push and consumption. \`unknown\`:
without such a look, where nothing was acknowledged, or unknown is not ∅. The queue need not be drained.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const tally = new Tally(options, names);
    return {
      see: (event) => tally.see(event, roleOf(event)),
      report() {
        const outcome = new Outcome(tally, names);
        const { acknowledged, owed, missing, doubled, uncertain, unseen } = outcome;
        const violations = [
          ...describe(missing, owed, 'nowhere'),
          ...(missing.count > 0 ? outcome.storyOfMissing() : []),
          ...describe(doubled, owed, 'in two places'),
        ];
        const doubts = owed === 0 ? ['no message was acknowledged'] : unseen;
        const moved = describe(uncertain, owed, 'where nobody knows, because what moved it was never answered');
        return {
          ...verdictOf(unseen.length === 0 ? violations : [], [...doubts, ...moved]),
          counts: {
            acknowledged,
            placed: owed - missing.count - doubled.count - uncertain.count,
            missing: missing.count,
            doubled: doubled.count,
            unknown: uncertain.count,
          },
          examples: examplesOf({ missing, doubled, unknown: uncertain }),
        };
      },
    };
  },
});

function describe({ count, list }: Examples, owed: number, where: string): string[] {
  if (count === 0) return [];
  const are = count === 1 ? 'is' : 'are';
  return [`${formatCount(count)} of ${plural(owed, 'acknowledged message')} ${are} ${where}: ${list}`];
}
