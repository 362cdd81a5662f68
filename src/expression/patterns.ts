import type { RE2JS } from 're2js';
import { cutText, formatValue } from '../format/value.js';
import { Problem } from './problem.js';

/** Regular expressions that take time linear in the text, whatever the pattern: RE2's. */

const PATTERN_LENGTH = 1_000;
const PATTERNS_KEPT = 100;

let engine: typeof RE2JS | undefined;
const compiled = new Map<string, RE2JS>();

/** The engine takes about 8 ms to load, so it is loaded only for a text that asks for it. */
export async function loadPatterns(): Promise<void> {
  engine ??= (await import('re2js')).RE2JS;
}

/** Whether the pattern is found anywhere in the text. Raises a Problem for what is no pattern. */
export const matches = (text: string, pattern: string): boolean => regexOf(pattern).test(text);

/** Steps for a match: in the worst case each character meets each state. Reading a new pattern takes much longer. */
export function matchCost(text: string, pattern: string): number {
  const isNew = !compiled.has(pattern);
  const size = regexOf(pattern).programSize();
  return (text.length * size) / 4 + (isNew ? 1_000 + 50 * size : 0);
}

const regexOf = (pattern: string): RE2JS => compiled.get(pattern) ?? compile(pattern);

function compile(pattern: string): RE2JS {
  if (!engine) throw new Error('matches() was not prepared: call prepareExpressions() first');
  if (pattern.length > PATTERN_LENGTH) throw new Problem('the pattern is longer than 1,000 characters');
  try {
    const regex = engine.compile(pattern);
    if (compiled.size >= PATTERNS_KEPT) compiled.clear();
    compiled.set(pattern, regex);
    return regex;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    throw new Problem(`${formatValue(pattern, { maxLength: 60 })} is not a pattern: ${cutText(reason, 120)}`);
  }
}
