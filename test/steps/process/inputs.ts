import type { StepContext } from '../../../src/contracts/step.js';
import { isAlive } from '../../../src/programs/members.js';
import { processStart } from '../../../src/steps/process/start.js';
import { openTestContext, type TestContext } from '../context.js';

export type StartInput = Parameters<typeof processStart.run>[0];
export type Snapshot = Awaited<ReturnType<typeof processStart.run>>;

export interface StartedProgram extends AsyncDisposable {
  readonly opened: TestContext;
  readonly first: Snapshot;
  snapshot(): Snapshot;
  stop(): Promise<Snapshot>;
}

/** Starts a shell script as a program, or what `input` says. */
export async function startProgram(
  script: string,
  input: Partial<StartInput> = {},
  overrides: Partial<StepContext> = {},
): Promise<StartedProgram> {
  const opened = await openTestContext(overrides);
  try {
    const whole: StartInput = { run: ['sh', '-c', script], cwd: '.', restart: 'never', grace: 3_000, ...input };
    const first = await processStart.run(whole, opened.context);
    const actor = opened.actors[0]!;
    const snapshot = () => actor.snapshot() as Snapshot; // the same function made it
    return {
      opened,
      first,
      snapshot,
      stop: async () => {
        await actor.stop();
        return snapshot();
      },
      [Symbol.asyncDispose]: async () => {
        await opened[Symbol.asyncDispose]();
        const { pid } = snapshot();
        if (isAlive(pid)) throw new Error(`the process group ${pid} is still there`);
      },
    };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}
