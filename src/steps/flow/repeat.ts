import { type BoundExpression, Duration, Expression, StepListField, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { formatValue } from '../../format/value.js';

/** Results kept of the iterations; more would only fill memory. */
const KEPT_RESULTS = 1_000;

export const repeat = defineStep({
  name: 'repeat',
  summary:
    'Runs steps again and again: a number of times, for a time, or until an expression is true after an iteration.',
  effect: 'changes',
  commands: [],
  flow: true,
  input: Type.Object(
    {
      times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How often.' })),
      for: Type.Optional(Duration({ description: 'How long; an iteration that has begun is finished.' })),
      until: Type.Optional(
        Expression(['index'], { description: 'Evaluated after each iteration; true ends the loop.' }),
      ),
      concurrency: Type.Integer({ minimum: 1, maximum: 256, default: 1, description: 'Iterations at once.' }),
      steps: StepListField(['index'], { description: 'Run in each iteration, with `index` from 0.' }),
    },
    // Without one of them it would never end.
    { atLeastOneOf: ['times', 'for', 'until'] },
  ),
  result: Type.Object({
    iterations: Type.Integer({ description: 'Iterations that ended.' }),
    results: Type.Array(Type.Unknown(), {
      description: `The last result of each iteration, of the first ${KEPT_RESULTS}.`,
    }),
  }),
  examples: [
    { times: 3, steps: [{ command: 'INCR n' }] },
    {
      until: 'steps.depth.ready == 0',
      for: '5s',
      steps: [{ 'queue.inspect': { queue: 'orders' }, id: 'depth' }, { wait: '50ms' }],
    },
  ],
  declaredMs: (input) => input.for ?? 0,
  work: ({ iterations }, { times, for: forMs }) => ({ done: iterations, total: times, unit: 'iterations', forMs }),
  async run(input, { clock, reportProgress, runSteps, signal }) {
    const end = input.for === undefined ? Number.POSITIVE_INFINITY : clock.now() + input.for;
    const results: unknown[] = [];
    let [started, iterations, done] = [0, 0, false];
    reportProgress(() => ({ iterations, results }));
    const goesOn = () => !done && started < (input.times ?? Number.POSITIVE_INFINITY) && clock.now() < end;
    const lane = async () => {
      while (goesOn()) {
        signal.throwIfAborted();
        const index = started++;
        const { last } = await runSteps(input.steps, { index }, { label: `#${index}` });
        iterations++;
        if (index < KEPT_RESULTS) results[index] = last ?? null;
        if (input.until && holds(input.until, index)) done = true;
      }
    };
    await Promise.all(Array.from({ length: input.concurrency }, lane));
    return { iterations, results: Array.from(results, (result) => result ?? null) };
  },
});

function holds(until: BoundExpression, index: number): boolean {
  const value = until.evaluate({ index });
  if (typeof value === 'boolean') return value;
  throw new ScenarioError(`\`until\` must be true or false, and ${until.source} is ${formatValue(value)}`, {
    next: 'compare it with something',
  });
}
