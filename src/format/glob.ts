/** The bytes that one place of a pattern takes; null for `*`. */
type Place = Uint8Array | null;

const [STAR, ANY, OPEN, CLOSE, NOT, DASH, ESCAPE] = [...Buffer.from('*?[]^-\\')];

/**
 * Whether a name matches a pattern by the rules of Redis (`stringmatchlen` in util.c): `*`, `?`, `[abc]`, `[^a-z]` and
 * `\` before what is meant literally. They go by bytes, so that `?` takes a part of `ä` alone.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const places = parse(Buffer.from(pattern));
  return (name) => matches(places, Buffer.from(name));
}

function parse(pattern: Buffer): Place[] {
  const places: Place[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern[at]!;
    const taken = new Uint8Array(256);
    if (byte === OPEN) at = parseClass(pattern, at + 1, taken);
    else if (byte === ANY) taken.fill(1);
    else if (byte === ESCAPE && at + 1 < pattern.length) taken[pattern[++at]!] = 1;
    else taken[byte] = 1;
    places.push(byte === STAR ? null : taken);
  }
  return places;
}

/** Gives where the class ends; one that is not closed ends with the pattern. */
function parseClass(pattern: Buffer, begin: number, taken: Uint8Array): number {
  const negated = pattern[begin] === NOT;
  let at = negated ? begin + 1 : begin;
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    if (pattern[at] === ESCAPE && at + 1 < pattern.length) taken[pattern[++at]!] = 1;
    else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      const [low, high] = [pattern[at]!, pattern[at + 2]!].sort((a, b) => a - b);
      taken.fill(1, low, high! + 1);
      at += 2;
    } else taken[pattern[at]!] = 1;
  }
  if (negated) for (let byte = 0; byte < taken.length; byte++) taken[byte] = 1 - taken[byte]!;
  return at;
}

/** A mismatch goes back to the last star alone, so that no pattern takes exponential time. */
function matches(places: readonly Place[], name: Buffer): boolean {
  let place = 0;
  let star = -1;
  let resume = 0;
  for (let at = 0; at < name.length; ) {
    const wanted = places[place];
    if (wanted === null) {
      star = place++;
      resume = at;
    } else if (wanted?.[name[at]!]) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++resume;
    } else return false;
  }
  return places.slice(place).every((rest) => rest === null);
}
