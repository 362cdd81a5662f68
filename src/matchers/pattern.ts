import { RE2JS } from 're2js';

const CACHED_PATTERNS = 200;
const compiled = new Map<string, RE2JS>();

/**
 * A regular expression in RE2's syntax (no look-around, no back-references), whose matching time grows linearly with
 * the text: a pattern can't hang a run. Raises an Error for an invalid one.
 */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const expression = RE2JS.compile(pattern);
  if (compiled.size >= CACHED_PATTERNS) compiled.clear();
  compiled.set(pattern, expression);
  return expression;
}
