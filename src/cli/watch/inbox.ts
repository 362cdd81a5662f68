import { onAbort } from '../../redis/listeners.js';
import type { Key } from './keys.js';

/** What somebody did. */
export type Message =
  | { readonly kind: 'saved'; readonly files: ReadonlySet<string> }
  | { readonly kind: 'key'; readonly key: Key };

/** An editor that saves tells several things within a few milliseconds: that a file is empty, written, of another name. */
const QUIET_MS = 30;

/** Saved files and pressed keys, in the order in which they are to be answered. */
export class Inbox {
  /** Hears of each message at once, before it is taken. */
  onMessage: (message: Message) => void = () => {};
  readonly #messages: Message[] = [];
  #saved = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => {};

  /** What nobody took yet. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  readonly save = (file: string): void => {
    this.#saved.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const files = this.#saved;
      this.#saved = new Set();
      const last = this.#messages.at(-1);
      if (last?.kind === 'saved') this.#messages.pop();
      this.#put({ kind: 'saved', files: last?.kind === 'saved' ? new Set([...last.files, ...files]) : files });
    }, QUIET_MS);
  };

  readonly press = (key: Key): void => this.#put({ kind: 'key', key });

  /** Undefined once the signal is aborted. */
  async next(signal: AbortSignal): Promise<Message | undefined> {
    while (!signal.aborted) {
      const message = this.#messages.shift();
      if (message) return message;
      let release = (): void => {};
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        release = onAbort(signal, resolve);
      });
      release();
    }
    clearTimeout(this.#timer);
    return undefined;
  }

  #put(message: Message): void {
    this.#messages.push(message);
    this.onMessage(message);
    this.#wake();
  }
}
