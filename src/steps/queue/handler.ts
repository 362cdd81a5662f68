import type { Message } from '../../contracts/message.js';
import type { CallOptions, Connection } from '../../contracts/redis.js';
import type { Clock, Random } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import type { Effect } from './effect.js';
import { type FaultInput, type FaultKind, readFault, type Strike, strikesOf } from './faults.js';

export interface HandlerError {
  readonly class: string;
  readonly message: string;
}

/** `abandoned`: it hung when the worker was asked to stop. */
export type HandlerOutcome =
  | { readonly kind: 'crashed' | 'abandoned' }
  /** `fault`: the one that struck and let it go on. */
  | { readonly kind: 'done'; readonly fault: FaultKind | undefined }
  | { readonly kind: 'failed'; readonly error: HandlerError; readonly fault: FaultKind | undefined };

export interface HandlerOptions {
  readonly takesMs: number;
  readonly faults: readonly FaultInput[];
  readonly effect: Effect;
  readonly visibilityMs: number;
  readonly random: Random;
  readonly clock: Clock;
  /** The work is over, now. */
  readonly signal: AbortSignal;
  /** Workers are asked to end with the message that they have in hand. */
  readonly stopping: AbortSignal;
}

const DONE: HandlerOutcome = { kind: 'done', fault: undefined };

/** One handler: what the scenario says happens with a message between its delivery and its acknowledgement. */
export class Handler {
  readonly #struck: number[];

  constructor(private readonly options: HandlerOptions) {
    this.#struck = options.faults.map(() => 0);
  }

  /** How often each fault struck, in the order in which they are written. */
  get faults(): { kind: FaultKind; struck: number }[] {
    return this.options.faults.map((fault, index) => ({ kind: readFault(fault).kind, struck: this.#struck[index]! }));
  }

  get hasEffect(): boolean {
    return this.options.effect.exists;
  }

  /**
   * At once where there is nothing to do. `onEffect` learns whether the effect was applied (ok), held back by `once`
   * (fail), or nobody knows (info).
   */
  run(
    message: Message,
    /** Its worker's, where the handler has an effect. */
    connection: Connection | null,
    onEffect: (phase: 'ok' | 'fail' | 'info') => void,
  ): HandlerOutcome | Promise<HandlerOutcome> {
    const { faults, takesMs, effect } = this.options;
    const isIdle = faults.length === 0 && takesMs === 0 && !effect.exists;
    return isIdle ? DONE : this.#run(message, connection, onEffect);
  }

  async #run(
    message: Message,
    /** Its worker's, where the handler has an effect. */
    connection: Connection | null,
    onEffect: (phase: 'ok' | 'fail' | 'info') => void,
  ): Promise<HandlerOutcome> {
    const { faults, takesMs, clock, signal } = this.options;
    const strikes = faults.length === 0 ? [] : strikesOf(faults, message, this.options);
    const struck = await this.#suffer(strikes, 'start', message);
    if (struck) return struck;
    if (takesMs > 0) await clock.sleep(takesMs, signal);
    const failure = await this.#affect(message, connection, { signal }, onEffect);
    if (failure) return failure;
    return (await this.#suffer(strikes, 'end', message)) ?? { kind: 'done', fault: strikes[0]?.kind };
  }

  async #affect(
    message: Message,
    connection: Connection | null,
    options: CallOptions,
    onEffect: (phase: 'ok' | 'fail' | 'info') => void,
  ): Promise<HandlerOutcome | undefined> {
    const { effect } = this.options;
    if (!effect.exists || !connection) return undefined;
    try {
      onEffect((await effect.apply(message, connection, options)) ? 'ok' : 'fail');
      return undefined;
    } catch (error) {
      if (error instanceof OutcomeUnknown) onEffect('info');
      else if (!(error instanceof ReplyError)) throw error;
      return { kind: 'failed', error: { class: error.code, message: error.message }, fault: undefined };
    }
  }

  async #suffer(
    strikes: readonly Strike[],
    at: 'start' | 'end',
    { attempt }: Message,
  ): Promise<HandlerOutcome | undefined> {
    for (const strike of strikes) {
      if (strike.at !== at) continue;
      this.#struck[strike.fault]!++;
      if (!(await this.#endure(strike))) return { kind: 'abandoned' };
      if (strike.kind === 'crash') return { kind: 'crashed' };
      if (strike.kind === 'fail') {
        return {
          kind: 'failed',
          fault: 'fail',
          error: { class: 'HandlerError', message: `the fault \`fail\` struck attempt ${attempt}` },
        };
      }
    }
    return undefined;
  }

  /** False if it was cut short: only a handler that hangs does not end by itself soon. */
  async #endure({ kind, takesMs }: Strike): Promise<boolean> {
    const { clock, signal, stopping } = this.options;
    if (takesMs === 0) return true;
    if (kind !== 'hang') {
      await clock.sleep(takesMs, signal);
      return true;
    }
    const cut = AbortSignal.any([signal, stopping]);
    return await clock.sleep(takesMs, cut).then(
      () => true,
      () => {
        signal.throwIfAborted();
        return false;
      },
    );
  }
}
