import { createInterface } from 'node:readline';
import { onAbort } from '../../redis/listeners.js';

/** Lines of standard input: edited at a terminal, one after the other from a file or another program. */
export class Lines implements Disposable {
  readonly #input = process.stdin;
  readonly #terminal = process.stdin.isTTY === true;
  readonly #piped = this.#terminal ? undefined : createInterface({ input: process.stdin });
  readonly #waiting = this.#piped?.[Symbol.asyncIterator]();
  #history: string[] = [];

  constructor(private readonly signal: AbortSignal) {}

  /** Undefined at the end of the input, after Ctrl-C, and when the run is to end. */
  async ask(prompt: string): Promise<string | undefined> {
    let release = (): void => {};
    const ended = new Promise<undefined>((resolve) => {
      release = onAbort(this.signal, () => resolve(undefined));
      if (this.signal.aborted) resolve(undefined);
    });
    try {
      return await (this.#waiting ? this.#next(prompt, this.#waiting, ended) : this.#edit(prompt, ended));
    } finally {
      release();
    }
  }

  [Symbol.dispose](): void {
    this.#piped?.close();
    this.#input.pause();
  }

  /** What was read is shown, so that a log can be read. */
  async #next(prompt: string, waiting: AsyncIterator<string>, ended: Promise<undefined>): Promise<string | undefined> {
    process.stderr.write(prompt);
    const next = await Promise.race([waiting.next(), ended]);
    const line = next === undefined || next.done ? undefined : next.value;
    process.stderr.write(`${line ?? ''}\n`);
    return line;
  }

  /** Only while it is asked is the terminal ours, so that Ctrl-C is a signal otherwise. */
  async #edit(prompt: string, ended: Promise<undefined>): Promise<string | undefined> {
    const lines = createInterface({ input: this.#input, output: process.stderr, history: this.#history });
    lines.on('history', (history) => {
      this.#history = history;
    });
    const line = new Promise<string | undefined>((resolve) => {
      lines.on('close', () => resolve(undefined)).on('SIGINT', () => lines.close());
      lines.question(prompt, resolve);
    });
    try {
      return await Promise.race([line, ended]);
    } finally {
      lines.close();
    }
  }
}
