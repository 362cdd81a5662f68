import { printable } from './text.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns a bare line break in an attribute into a space.
  '\n': '&#10;',
};

/** Text between tags. As every `>` is escaped, no `]]>` is left. */
export const xmlText = (text: string): string => printable(text).replace(/[&<>]/g, (character) => ENTITIES[character]!);

/** Attributes, a space before each; those that are undefined are left out. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    text += ` ${name}="${printable(String(value)).replace(/[&<>"\n]/g, (character) => ENTITIES[character]!)}"`;
  }
  return text;
}
