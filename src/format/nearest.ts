import { distance } from 'fastest-levenshtein';

/** The name that was probably meant, or undefined when none is close. The first of several equally close ones. */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const cost = typoCost(word.toLowerCase(), name.toLowerCase());
    if (cost < least) {
      nearest = name;
      least = cost;
    }
  }
  return nearest;
}

/** The cost of a name that the word is only a part of: its beginning, or the verb without its area. */
const PART_COST = 1.5;

function typoCost(word: string, name: string): number {
  if (word === name) return 0;
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const edits = Math.abs(word.length - name.length) <= allowed ? editDistance(word, name) : allowed + 1;
  // One edit of a name of one character leaves nothing of it.
  if (edits <= allowed && edits < name.length) return edits;
  const isPart = word.length >= 3 && (name.startsWith(word) || name.endsWith(`.${word}`));
  return isPart ? PART_COST : Number.POSITIVE_INFINITY;
}

/** Levenshtein's distance, with one swap of neighbours counted as one edit. */
function editDistance(word: string, name: string): number {
  let least = distance(word, name);
  for (let index = 0; index + 1 < word.length && least > 1; index += 1) {
    const swapped = word.slice(0, index) + word[index + 1] + word[index] + word.slice(index + 2);
    least = Math.min(least, 1 + distance(swapped, name));
  }
  return least;
}
