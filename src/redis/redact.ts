import type { Secret } from '../contracts/target.js';
import { mapStrings } from './strings.js';

export interface Redactor {
  /** False: there are no secrets, and everything comes back as it is. */
  readonly hides: boolean;
  text(text: string): string;
  /** Every string in it, keys of mappings included. The same value when it holds no secret. */
  value<T>(value: T): T;
}

export const MASK = '***';
/** A shorter secret would blank out half of every report, and hides nothing. */
const SHORTEST = 3;

/** Replaces secrets, and of texts their percent-encoded and base64 forms, by `***`. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const texts = secrets.filter((secret) => typeof secret === 'string');
  const patterns = secrets.filter((secret) => typeof secret !== 'string').map(({ source }) => source);
  const forms = new Set(texts.filter((secret) => secret.length >= SHORTEST).flatMap(formsOf));
  // The longest first: a secret may be part of another, as an access key is of a token.
  const alternatives = [...patterns, ...[...forms].sort((a, b) => b.length - a.length).map(literally)];
  if (alternatives.length === 0) return { hides: false, text: (text) => text, value: (value) => value };
  const pattern = new RegExp(alternatives.join('|'), 'g');
  const text = (input: string): string => input.replace(pattern, MASK);
  return {
    hides: true,
    text,
    // Strings alone change, so the shape is the one that came in.
    value: <T>(value: T): T => mapStrings(value, text) as T,
  };
}

/** Source of a regular expression that matches this text alone. */
export const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function formsOf(secret: string): string[] {
  const url = new URL('redis://host');
  url.password = secret;
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, encodeURIComponent(secret), url.password, base64, base64.replace(/=+$/, '')];
}
