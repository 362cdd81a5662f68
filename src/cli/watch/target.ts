import type { Target } from '../../contracts/target.js';
import type { RunTarget } from '../../engine/run.js';
import { TargetError } from '../../errors.js';
import { openConnection } from '../../redis/connection.js';
import { onAbort } from '../../redis/listeners.js';
import { addressOf } from '../../redis/url.js';

/** Keeps targets open from one run to the next, as long as they answer. */
export class KeptTargets implements AsyncDisposable {
  readonly #open = new Map<string, Promise<Target>>();

  /** `signal` ends the opening of a target; that of a run does not, since the next run waits for the same. */
  constructor(private readonly signal: AbortSignal) {}

  keep(target: RunTarget): RunTarget {
    return {
      ...target,
      open: async (signal) => ({
        ...(await unlessAborted(this.#opened(target), signal)),
        async [Symbol.asyncDispose]() {},
      }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A run that comes later opens them anew. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(async (target) => (await ifOpened(target))?.[Symbol.asyncDispose]()));
  }

  async #opened(target: RunTarget): Promise<Target> {
    const known = this.#open.get(target.name);
    const kept = known && (await ifOpened(known));
    if (kept && (await answers(kept))) return kept;
    // Two runs may have waited for it, the first of them interrupted.
    const other = this.#open.get(target.name);
    if (other && other !== known) return other;
    const opening = (async () => {
      await kept?.[Symbol.asyncDispose]();
      return await target.open(this.signal);
    })();
    this.#open.set(target.name, opening);
    return opening;
  }
}

const ifOpened = (target: Promise<Target>): Promise<Target | undefined> => target.catch(() => undefined);

async function answers(target: Target): Promise<boolean> {
  try {
    const connection = await openConnection(addressOf(target), { name: 'redrill:watch' });
    await connection[Symbol.asyncDispose]();
    return true;
  } catch (error) {
    if (error instanceof TargetError) return false;
    throw error;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = onAbort(signal, () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
    promise.then(resolve, reject).finally(release);
  });
}
