import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A file that has no name, so that nothing of it stays however the program ends. Opened when it is first written. */
export class TemporaryFile implements Disposable {
  #descriptor: number | undefined;
  #size = 0;

  /** Where in the file the bytes are. */
  append(bytes: Uint8Array): number {
    const descriptor = this.#open();
    const offset = this.#size;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
    }
    this.#size += bytes.length;
    return offset;
  }

  /** Fills the bytes from there on. */
  read(bytes: Uint8Array, offset: number): void {
    if (this.#descriptor === undefined) throw new Error('the history of a case was read after the case had ended');
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
      if (read === 0) throw new Error('the temporary file of a history was cut short');
      done += read;
    }
  }

  #open(): number {
    if (this.#descriptor === undefined) {
      const file = path.join(tmpdir(), `redrill-history-${randomUUID()}`);
      this.#descriptor = openSync(file, 'wx+', 0o600);
      unlinkSync(file);
    }
    return this.#descriptor;
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
