import { defineGuarantee } from './guarantee.js';

export const atLeastOnce = defineGuarantee({
  name: 'at-least-once',
  summary: 'Every acknowledged message was handled, or is accounted for; none came early or from nowhere.',
  definition: `lost = unexpected = discarded = early = ∅, of [total-queue](#total-queue) and [early-redelivery](#early-redelivery).

One of them makes it \`failed\`, even where the queue was not drained: what happened stays so. Otherwise it is \`unknown\`
where \`total-queue\` is.`,
  forbids: ['lost', 'unexpected', 'discarded'],
  forbidsEarly: true,
});
