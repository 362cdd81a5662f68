import { styleText } from 'node:util';
import type { Verdict } from '../contracts/result.js';

export type Style = Parameters<typeof styleText>[0];

/** Puts a style on text, or doesn't, when colours are off. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(color: boolean): Paint {
  if (!color) return (_style, text) => text;
  // Whether colours are wanted was decided by whoever opened the output, so node must not look at stdout.
  return (style, text) => styleText(style, text, { validateStream: false });
}

export const plain = createPaint(false);

export const VERDICT_STYLES = {
  failed: 'red',
  errored: 'magenta',
  unknown: 'yellow',
  flaky: 'yellow',
  passed: 'green',
  skipped: 'gray',
} as const satisfies Record<Verdict, Style>;

export const VERDICT_MARKS: Readonly<Record<Verdict, string>> = {
  failed: '✗',
  errored: '!',
  unknown: '?',
  flaky: '~',
  passed: '✓',
  skipped: '○',
};
