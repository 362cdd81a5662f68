import { plural } from '../format/text.js';
import { defineGuarantee } from './guarantee.js';

export const exactlyOnceEffect = defineGuarantee({
  name: 'exactly-once-effect',
  summary: 'At least once, and no message was completed, or had its effect, twice.',
  definition: `[at-least-once](#at-least-once), and duplicated = ∅ of [total-queue](#total-queue).

It is also \`unknown\` where an effect was never answered and the message had its effect another time: that may be twice.`,
  forbids: ['lost', 'unexpected', 'discarded', 'duplicated'],
  forbidsEarly: true,
  doubts: ({ perhapsDuplicated: { count, list } }) =>
    count === 0
      ? []
      : [`the effect of ${plural(count, 'message')} was never answered and may have been applied twice: ${list}`],
});
