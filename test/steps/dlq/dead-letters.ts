import type { Static } from 'typebox';
import { afterEach, beforeEach } from 'vitest';
import type { StepContext } from '../../../src/contracts/step.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { dlqPurge } from '../../../src/steps/dlq/purge.js';
import { dlqRedrive } from '../../../src/steps/dlq/redrive.js';
import type { BackendKind } from '../../../src/steps/queue/backends/backend.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, expression } from '../fields.js';
import { pushInput, workInput } from '../queue/inputs.js';

let opened: TestContext;

/** A context for each test of a file. */
export function useContext(): void {
  beforeEach(async () => {
    opened = await openTestContext();
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });
}

export const context = (): StepContext => opened.context;
export const key = (name: string): string => opened.context.namespace.key(name);

export const inspect = (input: Partial<Static<typeof dlqInspect.input>> = {}) =>
  dlqInspect.run({ queue: 'dead', limit: 100, ...input }, opened.context);
export const redrive = (input: Partial<Static<typeof dlqRedrive.input>> = {}) =>
  dlqRedrive.run({ from: 'dead', dryRun: false, ...input }, opened.context);
export const purge = (input: Partial<Static<typeof dlqPurge.input>> = {}) =>
  dlqPurge.run({ queue: 'dead', ...input }, opened.context);

/** A condition over a dead letter. */
export const entry = (test: (entry: { id: string; body: unknown; attempts: number }) => boolean) =>
  expression((locals) => test(locals.entry as never));

/** Phase and message of the events of one operation. */
export const recorded = (operation: string): string[] =>
  [...opened.recorder.events()]
    .filter((event) => event.operation === operation)
    .map(({ phase, message }) => `${phase} ${message}`);

/** Work on which every message fails twice, then becomes a dead letter. */
export const failAll = (backend: BackendKind) =>
  queueWork.run(
    workInput({
      backend,
      handler: { faults: [{ fail: { at: 'start' } }] },
      retry: { attempts: 2 },
      deadLetter: 'dead',
    }),
    opened.context,
  );

/** So many dead letters, with the bodies `{ n }` from 0. */
export async function fill(backend: BackendKind, count: number, envelope: 'redrill' | 'none' = 'redrill') {
  const messages = Array.from({ length: count }, (_, n) => constant({ n }));
  await queuePush.run(pushInput({ backend, messages, envelope }), opened.context);
  await failAll(backend);
}
