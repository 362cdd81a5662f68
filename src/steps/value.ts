import type { Reply } from '../contracts/redis.js';
import { ScenarioError } from '../errors.js';

/** Stands before the digits of an integer beyond 2^53 while JSON holds it as a string. */
const EXACT = '\u0000integer:';
const EXACT_IN_JSON = JSON.stringify(EXACT).slice(1, -1);
const EXACT_STRING = new RegExp(`"${EXACT_IN_JSON.replaceAll('\\', '\\\\')}(-?\\d+)"`, 'g');

/** Text that may hold a number which a double can't: too many digits, or too large an exponent. */
const MAY_OVERFLOW = /\d{16}|[eE]\+?\d{3}/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The text that stands for a value on the server: JSON, and a string as it is unless reading that would give something
 * else. Integers keep all their digits. Raises a ScenarioError for a number that JSON doesn't have.
 */
export function encodeValue(value: unknown): string {
  if (typeof value === 'string' && decodeValue(Buffer.from(value).toString()) === value) return value;
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${EXACT}${part}`;
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new ScenarioError(`${part} can't be stored: JSON has finite numbers only`, {
        next: 'write it as a string, or keep it below 1.8e308',
      });
    }
    return part;
  });
  return text.replace(EXACT_STRING, '$1');
}

/** Most text that is no JSON is told by its beginning: to have JSON.parse raise takes ten times as long. */
const MAY_BE_JSON = /^[\t\n\r ]*["[{\d\-tfn]/;

/** The value that a stored text stands for: JSON where it parses as JSON, otherwise the text; bytes stay as they are. */
export function decodeValue(stored: Reply): unknown {
  if (typeof stored !== 'string' || !MAY_BE_JSON.test(stored)) return stored;
  try {
    const value: unknown = JSON.parse(stored);
    return MAY_OVERFLOW.test(stored) ? parseExactly(stored) : value;
  } catch {
    return stored;
  }
}

/** Parses valid JSON with a bigint where a double would lose digits. Raises for a number that no double holds. */
function parseExactly(text: string): unknown {
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    /^-?\d{16,}$/.test(token) && String(Number(token)) !== token ? `"${EXACT_IN_JSON}${token}"` : token,
  );
  return JSON.parse(marked, (_, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) throw new RangeError('no double holds it');
    return typeof part === 'string' && part.startsWith(EXACT) ? BigInt(part.slice(EXACT.length)) : part;
  });
}
