import { defineChecker } from '../contracts/checker.js';
import { EarlyDeliveries } from './early.js';
import { examplesOf, verdictOf } from './outcome.js';
import { selectorOf } from './selection.js';
import { describeEarly } from './violations.js';

export const earlyRedelivery = defineChecker({
  name: 'early-redelivery',
  summary: 'No message was delivered before it was due.',
  definition: `The latest moment at which a delivery can have happened is when its reply came. It is early if that lies before the
time that is due then, by more than 2 ms (two clocks are read in whole milliseconds) and 0.1 % of the wait (their drift):

- before the first delivery, when the message was pushed and its \`delay\` is over; pushed again, the earliest such time;
- after a retry, when its backoff is over; where the retry was never answered, the earlier of this and the lease;
- after any other delivery, when its lease ends. A failure of the handler or a crash does not end a lease: completing,
  dead-lettering or discarding the message does, and so does a redrive.

A delivery that was recorded before the retry that made it possible is no early one: replies to two workers are read in
any order.

\`early\`: such deliveries. \`checked\`: deliveries for which a time was due. \`unknown\`: nothing was delivered.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const deliveries = new EarlyDeliveries(names);
    return {
      see: (event) => deliveries.see(event, roleOf(event)),
      report() {
        deliveries.finish();
        const { early, checked, delivered } = deliveries;
        return {
          ...verdictOf(describeEarly(deliveries), delivered === 0 ? ['no message was delivered'] : []),
          counts: { checked, early: early.count },
          examples: examplesOf({ early }),
        };
      },
    };
  },
});
