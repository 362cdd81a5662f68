import type { Actor, Clock } from '../../contracts/step.js';
import { type Launch, type ProcessGroup, type ProgramEnd, startGroup } from '../../programs/group.js';
import { OutputTail } from '../../programs/output.js';
import { shortSignal } from '../../programs/words.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface ProgramOptions extends Omit<Launch, 'onOutput'> {
  readonly restart: 'never' | 'always';
  readonly clock: Clock;
  /** What no output may show. */
  redact(text: string): string;
}

/** A program under test, started again when it ends if that is wanted. */
export class Program implements Actor {
  readonly #output = new OutputTail();
  readonly #listeners = new Set<Launch['onOutput']>();
  readonly #stopping = new AbortController();
  #group!: ProcessGroup; // set before anybody has it
  #end: ProgramEnd | undefined;
  #restarts = 0;
  #restarting: Promise<void> | undefined;

  private constructor(private readonly options: ProgramOptions) {}

  /** Raises what kept it from being started. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options);
    await program.#launch();
    return program;
  }

  /** How it ended; undefined while it runs. */
  get end(): ProgramEnd | undefined {
    return this.#end;
  }

  get output(): string {
    return this.options.redact(this.#output.text());
  }

  onOutput(listener: Launch['onOutput']): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on it is started again when it ends, unless that is not wanted. */
  keepRunning(): void {
    if (this.options.restart === 'always') this.#restarting = this.#restartUntilStopped();
  }

  snapshot() {
    const { exitCode = null, signal = null } = this.#end ?? {};
    return {
      pid: this.#group.pid,
      running: this.#end === undefined,
      exitCode,
      signal: signal === null ? null : shortSignal(signal),
      restarts: this.#restarts,
      output: this.output,
    };
  }

  /** To the whole process group; false when there is none. After KILL it has ended. */
  async signal(name: NodeJS.Signals): Promise<boolean> {
    const group = this.#group;
    const sent = group.signal(name);
    if (sent && name === 'SIGKILL') await group.ended;
    return sent;
  }

  stop(): Promise<void> {
    return this.#finish(() => this.#group.stop());
  }

  /** Without a grace. */
  kill(): Promise<void> {
    return this.#finish(() => this.#group.kill());
  }

  async #finish(end: () => Promise<unknown>): Promise<void> {
    this.#stopping.abort();
    if (this.#end === undefined) await end();
    await this.#restarting;
  }

  async #launch(): Promise<void> {
    const { restart: _, clock: __, redact: ___, ...launch } = this.options;
    const group = await startGroup({
      ...launch,
      onOutput: (text, stream) => {
        this.#output.add(text);
        for (const listener of this.#listeners) listener(text, stream);
      },
    });
    this.#group = group;
    this.#end = undefined;
    void group.ended.then((end) => {
      this.#end = end;
    });
  }

  async #restartUntilStopped(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const startedAt = clock.now();
      await this.#group.ended;
      // One that ran for long did not end at once for want of something.
      if (clock.now() - startedAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      await clock.sleep(pauseMs, signal).catch(() => {}); // stopped meanwhile
      if (signal.aborted) return;
      try {
        await this.#launch();
        this.#restarts++;
        if (signal.aborted) await this.#group.kill();
      } catch (error) {
        this.#output.add(`it could not be started again: ${error instanceof Error ? error.message : error}\n`);
        return;
      }
    }
  }
}
