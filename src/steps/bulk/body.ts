import type { PushedBody } from '../../contracts/history.js';
import { crcOf } from '../../history/crc.js';

/** Longer bodies are not kept in the history. */
const KEPT_BODY = 1_024;
const FIRST_BUFFER = 1_024;

/** The body of one message after the other, as bytes. */
export class Body implements PushedBody {
  /** All of them: to copy a part takes longer, for a view of it is made each time. */
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  isAscii = true;
  isKept = true;
  hash = 0;
  revision = 0;
  #text: string | undefined;
  #room = Buffer.allocUnsafe(FIRST_BUFFER);

  set(text: string): void {
    // Many are the same for all messages.
    if (text === this.#text) return;
    this.#text = text;
    this.revision++;
    this.length = Buffer.byteLength(text);
    if (this.length > this.#room.length) this.#room = Buffer.allocUnsafe(2 * this.length);
    if (this.length !== this.bytes.length) this.bytes = this.#room.subarray(0, this.length);
    this.isAscii = this.length === text.length;
    this.bytes.write(text, 0, this.isAscii ? 'latin1' : 'utf8');
    this.isKept = text.length <= KEPT_BODY;
    this.hash = crcOf(this.bytes, this.length);
  }
}
