import { printable } from '../../format/text.js';

/** Text that is HTML already; everything else is escaped where it is put into `html`. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = string | number | undefined | null | false | Markup | readonly Content[];

/** A template of HTML: what is put into it is text, unless it comes from such a template itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? '';
  let index = 0;
  for (const value of values) {
    text += typeof value === 'string' ? escapeText(value) : write(value);
    text += parts[++index];
  }
  return new Markup(text);
}

function write(content: Content): string {
  if (content === undefined || content === null || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escapeText(content);
  return content.map(write).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Most texts are as they are to be: letters, digits, blanks and what else is neither markup nor invisible. */
const PLAIN = /^[\w .,:;/$#*+=@()[\]{}|!?%~^-]*$/;

/** For an element and for an attribute in quotes; what a browser would not show is made visible. */
const escapeText = (text: string): string => (PLAIN.test(text) ? text : printable(text).replace(/[&<>"']/g, entityOf));

const entityOf = (mark: string): string => ENTITIES[mark] ?? mark;

/** A sentence of ours: what stands between backticks is code. */
export const prose = (text: string): Markup =>
  html`${text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;

/** JSON that stands in a script element: nothing in it can end the element. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
