import { afterEach, beforeEach } from 'vitest';
import type { RecordedEvent } from '../../../src/contracts/history.js';
import type { StepContext } from '../../../src/contracts/step.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext, type TestContext } from '../context.js';
import { expression } from '../fields.js';
import { type Fault, pushInput, workInput } from './inputs.js';

/** Of the test that runs. */
export let opened: TestContext;

/** As the engine does: each step has a name, and a recorder of its own. */
export const as = (stepName: string, more: Partial<StepContext> = {}): StepContext => ({
  ...opened.context,
  stepName,
  history: opened.recorder.forStep(stepName),
  ...more,
});

export const push = (input: Parameters<typeof pushInput>[0]) => queuePush.run(pushInput(input), as('push'));
export const work = (input: Parameters<typeof workInput>[0]) => queueWork.run(workInput(input), as('work'));

export const all = (filter: (event: RecordedEvent) => boolean = () => true) =>
  [...opened.recorder.events()].filter(filter);
export const of = (message: string) =>
  all((event) => event.message === message).map(({ phase, operation, attempt }) => `${phase} ${operation} ${attempt}`);
export const nothing = { ready: 0, delayed: 0, inFlight: 0 };
export const fails = (when: (message: { sequence: number; attempt: number; body: unknown }) => boolean): Fault => ({
  fail: { when: expression(({ message }) => when(message as never)), at: 'start' },
});

/** Gives each test of a file a context, and a queue of its own. */
export function openForEach(): void {
  beforeEach(async () => {
    opened = await openTestContext();
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });
}
