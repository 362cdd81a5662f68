import { defineChecker } from '../contracts/checker.js';
import { selectorOf } from './selection.js';

export const identity = defineChecker({
  name: 'identity',
  summary: 'Counts the messages that nothing but a counter tells from another.',
  definition: `A message without an envelope and without \`identity\` is named by its content and a counter: of several with
equal content, the one that was pushed first is taken to be delivered first. They are then judged as a multiset: how many
of them were lost or delivered twice is certain, which of them is not.

\`equalPayloads\` counts the pushed messages whose content another pushed message has too. The verdict is always
\`passed\`; the sentence in \`reasons\` belongs to every verdict on such messages.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const counts = new Map<number, number>();
    return {
      see(event) {
        const { phase, namedBy, hash } = event;
        if (roleOf(event) !== 'push' || phase !== 'invoke' || namedBy !== 'content' || hash === undefined) return;
        counts.set(hash, (counts.get(hash) ?? 0) + 1);
      },
      report() {
        let equalPayloads = 0;
        for (const count of counts.values()) if (count > 1) equalPayloads += count;
        const reasons =
          equalPayloads === 0
            ? []
            : [
                `${equalPayloads} messages have a payload that another has too, and no identity: they are counted as a multiset`,
              ];
        return { verdict: 'passed', reasons, counts: { equalPayloads }, examples: {} };
      },
    };
  },
});
