/** The end of what a program printed: 64 KiB, and room for the line that is cut there. */
const KEPT = 64 * 1024;
const LINE_MATCHED = 4_096;

/** Keeps the end of a text that may grow for ever. */
export class OutputTail {
  #text = '';
  #cut = false;

  add(text: string): void {
    this.#text += text;
    // Not each time: cutting copies all of it.
    if (this.#text.length > 2 * KEPT) this.#shorten();
  }

  /** The last 64 KiB, from the beginning of a line. */
  text(): string {
    if (this.#text.length > KEPT) this.#shorten();
    return this.#cut ? this.#text.slice(this.#text.indexOf('\n') + 1) : this.#text;
  }

  #shorten(): void {
    this.#text = this.#text.slice(-KEPT);
    this.#cut = true;
  }
}

/** Tells of each line of a text that comes in pieces, also of the last one as far as it has come. */
export function lineFinder(isWanted: (line: string) => boolean): (text: string) => boolean {
  let unfinished = '';
  return (text) => {
    const lines = (unfinished + text).split(/\r?\n/);
    unfinished = lines.at(-1)!.slice(-LINE_MATCHED); // split gives one at least
    return lines.some((line) => isWanted(line.slice(0, LINE_MATCHED)));
  };
}

/** The last lines of an output, for a message. */
export function lastLines(output: string, count: number): readonly string[] {
  return output
    .trimEnd()
    .split('\n')
    .slice(-count)
    .filter((line) => line.trim() !== '');
}
