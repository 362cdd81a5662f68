import { type Checker, defineChecker } from '../contracts/checker.js';
import { EarlyDeliveries } from './early.js';
import { examplesOf, Outcome, verdictOf } from './outcome.js';
import { selectorOf } from './selection.js';
import { Tally } from './tally.js';
import { describeEarly, describeViolation, type Violation } from './violations.js';

export interface Guarantee extends Pick<Checker, 'name' | 'summary' | 'definition'> {
  readonly forbids: readonly Violation[];
  /** Early deliveries are forbidden, too. */
  readonly forbidsEarly: boolean;
  /** What makes it unknown, beside that not everything is settled. */
  doubts?(outcome: Outcome): string[];
}

/** A checker that forbids some of what `total-queue` and `early-redelivery` count. */
export const defineGuarantee = ({ forbids, forbidsEarly, doubts = () => [], ...about }: Guarantee): Checker =>
  defineChecker({
    ...about,
    start(options, names) {
      const roleOf = selectorOf(options, names);
      const tally = new Tally(options, names);
      const dueTimes = forbidsEarly ? new EarlyDeliveries(names) : undefined;
      return {
        see(event) {
          const role = roleOf(event);
          tally.see(event, role);
          dueTimes?.see(event, role);
        },
        report() {
          dueTimes?.finish();
          const outcome = new Outcome(tally, names);
          const kinds = {
            ...Object.fromEntries(forbids.map((kind) => [kind, outcome[kind]])),
            ...(dueTimes && { early: dueTimes.early }),
          };
          const violations = forbids.flatMap((kind) => describeViolation(kind, outcome));
          return {
            ...verdictOf(
              [...violations, ...(dueTimes ? describeEarly(dueTimes) : [])],
              [...doubts(outcome), ...outcome.doubts],
            ),
            counts: Object.fromEntries(Object.entries(kinds).map(([kind, { count }]) => [kind, count])),
            examples: examplesOf(kinds),
          };
        },
      };
    },
  });
