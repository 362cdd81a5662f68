import { defineChecker, type Selection } from '../contracts/checker.js';
import { formatDuration } from '../format/quantity.js';
import { plural } from '../format/text.js';
import { Histogram } from '../history/histogram.js';
import { Examples, selectorOf } from './selection.js';

export interface SchedulingOptions extends Selection {
  /** Messages without a delay prove nothing, where punctuality is what is asked for. */
  readonly required?: boolean;
}

export const scheduling = defineChecker<SchedulingOptions>({
  name: 'scheduling',
  summary: 'Measures how late delayed messages are delivered, and finds those that are early.',
  definition: `The scheduling error of a message that was pushed with a delay is the time of its first delivery minus the
time at which it was due: \`notBefore\` of its push, which is when it was sent plus its delay.

\`delayed\` counts the messages with a delay that were delivered, \`beforeDue\` those of them whose scheduling error is below
0; the latency \`schedulingError\` counts these as 0. A message whose first delivery is unknown, because its reply was lost,
is left out.

failed: \`beforeDue\` is above 0. unknown: \`delayed\` is 0 and the option \`required\` is set.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    /** When each message is due; 0: it has no delay, or was delivered. */
    const due = new Float64Array(names.messages);
    const errors = new Histogram();
    const beforeDue = new Examples(names);
    let delayed = 0;
    let example: string | undefined;
    return {
      see(event) {
        const { operation, phase, message, time, attempt, notBefore } = event;
        const role = roleOf(event);
        if (role === null || message < 0) return;
        if (operation === 'push' && phase === 'invoke') due[message] = notBefore ?? 0;
        if (operation !== 'deliver' || phase !== 'ok' || due[message] === 0) return;
        const error = time - due[message]!;
        due[message] = 0;
        if (attempt > 1) return;
        delayed++;
        errors.record(error);
        if (error >= 0) return;
        beforeDue.add(message);
        example ??= `${names.idOf(message)} came ${formatDuration(-error)} early`;
      },
      report() {
        const { count } = beforeDue;
        const unproven = delayed === 0 && options.required === true;
        return {
          verdict: count > 0 ? 'failed' : unproven ? 'unknown' : 'passed',
          reasons:
            example !== undefined
              ? [`${plural(count, 'delayed message')} ${count === 1 ? 'was' : 'were'} delivered too early: ${example}`]
              : unproven
                ? ['no message with a delay was delivered']
                : [],
          counts: { delayed, beforeDue: count },
          examples: { beforeDue: beforeDue.ids },
          latencies: { schedulingError: errors.summary() },
        };
      },
    };
  },
});
