import { defineReporter } from '../contracts/reporter.js';
import { idOnAnyTarget } from '../format/case.js';

/** One JSON object: how long each case took on all targets together, by its id, in whole milliseconds. */
export const durations = defineReporter({
  name: 'durations',
  summary: 'How long each case took, as JSON, for `--shard` to go by.',
  create: ({ output }) => {
    const total = new Map<string, number>();
    return {
      onEvent(event) {
        if (event.type !== 'case.finished' || event.verdict === 'skipped') return;
        const id = idOnAnyTarget(event.case);
        total.set(id, (total.get(id) ?? 0) + event.durationMs);
      },
      finish() {
        const rounded = Array.from(total, ([id, ms]) => [id, Math.round(ms)] as const);
        // Sorted, so that a file under version control changes where a duration did.
        const sorted = rounded.sort(([a], [b]) => (a < b ? -1 : 1));
        output.write(`${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
      },
    };
  },
});
