import { defineGuarantee } from './guarantee.js';

export const atMostOnce = defineGuarantee({
  name: 'at-most-once',
  summary: 'No message was delivered twice, and none came from nowhere.',
  definition: `redelivered = unexpected = ∅, of [total-queue](#total-queue). A message that was redriven and delivered once more
counts: it was delivered twice, if on purpose.

One of them makes it \`failed\`. Otherwise it is \`unknown\` where nothing was delivered, and where \`total-queue\` is: what
still lies in the queue may yet be delivered twice.`,
  forbids: ['redelivered', 'unexpected'],
  forbidsEarly: false,
  doubts: ({ delivered }) => (delivered === 0 ? ['no message was delivered'] : []),
});
