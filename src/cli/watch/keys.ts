import { createInterface } from 'node:readline';
import { onAbort } from '../../redis/listeners.js';

export type Key = 'all' | 'again' | 'failed' | 'last' | 'filter' | 'help' | 'quit';

const KEYS: Readonly<Record<string, Key>> = {
  a: 'all',
  r: 'again',
  '\r': 'again',
  f: 'failed',
  l: 'last',
  t: 'filter',
  h: 'help',
  '?': 'help',
  q: 'quit',
  '\x04': 'quit',
};
const CTRL_C = '\x03';

/** Single keys of a terminal, without Enter. */
export class Keyboard implements Disposable {
  readonly #input = process.stdin;

  constructor(private readonly onKey: (key: Key) => void) {
    this.#listen();
  }

  /** A line of text, edited from `given`; undefined when Ctrl-C or Ctrl-D took it back. */
  async ask(question: string, given: string, signal: AbortSignal): Promise<string | undefined> {
    this.#input.off('data', this.#onData);
    const lines = createInterface({ input: this.#input, output: process.stderr, terminal: true, historySize: 0 });
    const release = onAbort(signal, () => lines.close());
    try {
      return await new Promise((resolve) => {
        lines.on('close', () => resolve(undefined)).on('SIGINT', () => lines.close());
        lines.question(question, resolve);
        lines.write(given);
      });
    } finally {
      release();
      lines.close();
      if (!signal.aborted) this.#listen();
    }
  }

  [Symbol.dispose](): void {
    this.#input.off('data', this.#onData);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  #listen(): void {
    this.#input.setRawMode(true);
    this.#input.setEncoding('utf8').on('data', this.#onData).resume();
  }

  readonly #onData = (text: string): void => {
    for (const character of text) {
      // A terminal in raw mode leaves it to us to send the signal.
      if (character === CTRL_C) process.emit('SIGINT');
      const key = KEYS[character.toLowerCase()];
      if (key) this.onKey(key);
    }
  };
}
