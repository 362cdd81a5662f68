import { Duration, OneOf, Share, Type } from '../../contracts/fields.js';
import type { Random } from '../../contracts/step.js';

export const Retry = () =>
  Type.Object(
    {
      attempts: Type.Integer({
        minimum: 1,
        default: 1,
        description: 'Handler runs that may end in failure, the first included.',
      }),
      delay: Type.Optional(Duration({ description: 'Until the first retry. Without it at once.' })),
      backoff: OneOf(['constant', 'linear', 'exponential', 'none'], {
        default: 'constant',
        description: 'The n-th retry waits: the delay, n · delay, 2ⁿ⁻¹ · delay, or not at all.',
      }),
      maxDelay: Type.Optional(Duration({ description: 'No retry waits longer than this, its jitter aside.' })),
      jitter: Share({ default: '0%', description: 'Each delay is longer or shorter by up to this share, at random.' }),
    },
    { default: {}, description: 'What happens after a failure of the handler.' },
  );

export interface RetryPolicy {
  readonly attempts: number;
  readonly delay?: number | undefined;
  readonly backoff: 'constant' | 'linear' | 'exponential' | 'none';
  readonly maxDelay?: number | undefined;
  readonly jitter: number;
}

/** How long the retry after this many failures waits, before jitter. */
export function backoffDelay(
  { delay = 0, backoff, maxDelay = Number.POSITIVE_INFINITY }: RetryPolicy,
  failures: number,
): number {
  const factors = { none: 0, constant: 1, linear: failures, exponential: 2 ** (failures - 1) };
  return Math.min(delay * factors[backoff], maxDelay);
}

/** The same with jitter: the delay times 1 ± the jitter's share. */
export function retryDelay(policy: RetryPolicy, failures: number, random: () => Random): number {
  const delay = backoffDelay(policy, failures);
  return policy.jitter === 0 || delay === 0 ? delay : delay * (1 + policy.jitter * (2 * random().next() - 1));
}

/** All delays of a message that fails until the end, jitter included. */
export function longestBackoff(policy: RetryPolicy): number {
  let total = 0;
  // Later delays only repeat or grow beyond any time limit.
  for (let failures = 1; failures < Math.min(policy.attempts, 50); failures++) total += backoffDelay(policy, failures);
  return total * (1 + policy.jitter);
}
