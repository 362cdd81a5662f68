const UNPRINTABLE = /[^\P{Cc}\n]|\p{Cs}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\r': '\\r' };

/**
 * The text with whatever a terminal would obey or XML forbids as an escape (`\u001b`): control characters other than
 * line breaks, unpaired surrogates, and the marks that reorder text.
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Printable text without line breaks. */
export const oneLine = (text: string): string => printable(text).replaceAll('\n', '\\n');

/** `12,345`; `toLocaleString` costs 17 ms when it is first called. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 case`, `12,345 cases` */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
