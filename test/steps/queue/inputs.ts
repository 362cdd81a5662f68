import type { Static } from 'typebox';
import type { queuePush } from '../../../src/steps/queue/push.js';
import type { queueWork } from '../../../src/steps/queue/work.js';

type PushInput = Static<typeof queuePush.input>;
type WorkInput = Static<typeof queueWork.input>;
type Handler = WorkInput['handler'];
export type Fault = Handler['faults'][number];

/** Inputs with the defaults filled in, as the compiler would. */
export const pushInput = (input: Partial<PushInput> = {}): PushInput => ({
  queue: 'orders',
  backend: 'list',
  producers: 1,
  envelope: 'redrill',
  ...input,
});

export const workInput = ({
  handler,
  retry,
  ...input
}: Partial<Omit<WorkInput, 'handler' | 'retry'>> & {
  handler?: Partial<Handler>;
  retry?: Partial<WorkInput['retry']>;
} = {}): WorkInput => ({
  queue: 'orders',
  backend: 'list',
  delivery: 'at-least-once',
  workers: 1,
  group: 'workers',
  // No lease ends by itself on a busy machine.
  visibility: 10_000,
  maxDeliveries: 10,
  until: 'drained',
  ...input,
  handler: { takes: 0, faults: [], ...handler },
  retry: { attempts: 1, backoff: 'constant', jitter: 0, ...retry },
});
