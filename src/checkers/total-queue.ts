import { defineChecker } from '../contracts/checker.js';
import { examplesOf, Outcome, verdictOf } from './outcome.js';
import { selectorOf } from './selection.js';
import { Tally } from './tally.js';
import { describeViolation } from './violations.js';

export const totalQueue = defineChecker({
  name: 'total-queue',
  summary: 'What went in comes out: no acknowledged message is lost, and none comes from nowhere.',
  definition: `Jepsen's total-queue, for queues that acknowledge, retry and give up. Sets of messages, except where it says otherwise:

- attempted A: a push was sent. acknowledged K ⊆ A: one of its pushes succeeded. unknown U = the messages of A ∖ K with a
  push that was never answered. failed F = A ∖ K ∖ U.
- delivered D: a consumer got it. redelivered: deliveries beyond the first of each message, in sum; one that follows a
  redrive is beyond the first, too.
- completed C: handled and acknowledged. Where the acknowledgement came after the lease had ended, or was never answered,
  the message was handled all the same: once a complete look finds it nowhere, it is in C. Where consumers only read, and
  nothing else is recorded of them, C = D.
- duplicated: handler runs that ended well beyond the first of each message, in sum, whether or not their acknowledgement
  succeeded; where effects of the message were recorded, its applied effects beyond the first.
- deadLettered: given up to a dead-letter queue and neither redriven nor purged since, or found in one by the last look at
  it. discarded: given up without one. purged: deleted from one. What was redriven to another queue is accounted for there.
- owed O = K ∪ dead letters that came in: redriven to here, or given up to here by the workers of another queue.
- queued, inFlight: found by the last look at the queue, and not consumed since.
- lost = O ∖ C ∖ deadLettered ∖ discarded ∖ purged ∖ queued ∖ inFlight, without the messages whose completion, retry,
  dead-lettering, discarding, purge or redrive was never answered: they may be there. It is about where a message is, not
  about who took it: a message that was popped by a consumer that crashed is lost, and so is one that went with a reply
  that nobody got. Only a complete look at the queue, after the last push and consumption, can tell: without one, lost is
  empty, and what may be lost is in the reasons.
- unexpected = (D ∪ queued ∪ inFlight) ∖ A, without dead letters that came back or from another queue.
- recovered = D ∩ U.

Where steps subscribed, each of their subscriptions is owed every message of A that was published on what it covers,
whenever it subscribed: a message is in C once all have got it, and redelivered counts deliveries beyond the first to each.
That every subscriber had read all that was published stands for the look. A message that none is owed is not lost;
where no message is owed, it is \`unknown\`. \`verify.fanout\` tells where, when and why subscribers lost messages.

\`failed\`: lost ∪ unexpected ≠ ∅. Otherwise \`unknown\`: O = ∅, there is no such look, or it found messages queued or in
flight. \`latency\`: from the last push of a message before its first delivery to this delivery.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const tally = new Tally(options, names);
    return {
      see: (event) => tally.see(event, roleOf(event)),
      report() {
        const outcome = new Outcome(tally, names);
        const { attempted, acknowledged, unknown, delivered, places, doubts } = outcome;
        const { lost, unexpected, discarded, redelivered, duplicated, recovered } = outcome;
        return {
          ...verdictOf([...describeViolation('lost', outcome), ...describeViolation('unexpected', outcome)], doubts),
          counts: {
            attempted,
            acknowledged,
            unknown,
            failed: attempted - acknowledged - unknown,
            delivered,
            ...places,
            lost: lost.count,
            unexpected: unexpected.count,
            redelivered: redelivered.count,
            duplicated: duplicated.count,
            recovered: recovered.count,
          },
          examples: examplesOf({ lost, unexpected, discarded, redelivered, duplicated, recovered }),
          latencies: { latency: tally.latency.summary() },
        };
      },
    };
  },
});
