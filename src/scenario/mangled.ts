import { isMap, isPair, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLError, type YAMLSeq } from 'yaml';
import type { Diagnostic } from '../contracts/diagnostic.js';
import { type SourceFile, sameLineComment } from './source.js';
import { keyText, type SourceTree } from './tree.js';

/** What YAML makes of text that was meant as a value: found by its traces, answered with the quoted form. */

export const quoted = (text: string): string =>
  text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text);

/** One diagnostic for the first error that the YAML parser met; the following ones are mostly its echoes. */
export function explainYamlProblem(source: SourceFile, problem: YAMLError): Diagnostic {
  const [start, end] = problem.pos;
  const lineStart = source.text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = source.text.indexOf('\n', start);
  const line = source.text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);

  const expression = line.indexOf('${{');
  if (expression >= 0 && !isInQuotes(line, expression)) {
    const close = line.indexOf('}}', expression);
    const value = wholeValue(line, expression, close < 0 ? line.length : close + 2);
    const from = lineStart + line.indexOf(value, 0);
    return {
      message: 'YAML does not read this `${{ }}` as text here',
      frame: source.frame(from, from + value.length),
      next: `quote it: ${quoted(value)}`,
    };
  }
  const rest = source.text.slice(start, lineEnd < 0 ? undefined : lineEnd).trim();
  switch (problem.code) {
    case 'BAD_SCALAR_START':
    case 'BAD_ALIAS':
    case 'TAG_RESOLVE_FAILED': {
      const value = valueText(rest);
      return {
        message: `a value that begins with ${value[0] ?? 'this'} means something else to YAML`,
        frame: source.frame(start, start + Math.max(1, value.length)),
        next: `quote it: ${quoted(value)}`,
      };
    }
    case 'DUPLICATE_KEY':
      return {
        message: `the key ${quoted(keyAt(rest))} stands twice in one mapping`,
        frame: source.frame(start, start + keyAt(rest).length),
      };
    case 'TAB_AS_INDENT':
      return { message: 'a tab indents this line', frame: source.frame(start, end), next: 'indent with spaces' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a value that contains ": " means a mapping to YAML',
        frame: source.frame(start, lineEnd < 0 ? end : lineEnd),
        next: `quote it: ${quoted(rest)}`,
      };
    case 'MISSING_CHAR':
      return {
        message: `YAML: ${firstLower(problem.message.split('\n')[0] ?? '')}`,
        frame: source.frame(start, Math.min(end, start + 80)),
        next: 'quote a value that holds quotes, brackets, a comma or a colon',
      };
    case 'UNEXPECTED_TOKEN': {
      const value = /(?::\s+|-\s+)((?:["'{]|\[).*)$/.exec(line)?.[1];
      if (value && /^(?:(["'])(?:(?!\1).)*\1|\{.*?\}|\[.*?\])\s*\S/.test(value)) {
        const from = lineStart + line.indexOf(value);
        return {
          message: `text goes on after the closing ${/^["']/.test(value) ? 'quote' : 'bracket'}`,
          frame: source.frame(from, from + value.length),
          next: `quote the whole: ${value.includes("'") ? JSON.stringify(value) : `'${value}'`}`,
        };
      }
    }
  }
  if (/must be sufficiently indented and end with a [\]}]/.test(problem.message)) {
    const cut = commentAbove(source, start);
    if (cut)
      return {
        message: 'a comment cuts this',
        frame: source.frame(...cut),
        next: 'quote the text that holds the #, or put the comment on a line of its own',
      };
  }
  const message = /call stack/i.test(problem.message)
    ? 'values are nested too deep'
    : firstLower(problem.message.split('\n')[0] ?? '');
  return { message: `YAML: ${message}`, frame: source.frame(start, Math.min(end, start + 80)) };
}

/** Without one of these in the text there is nothing to find. */
const TRACES = /\$\{\{|&/;

/** Traces in a document that YAML accepted. */
export function findMangled(source: SourceFile, { root }: SourceTree): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (node: Node, message: string, next: string) => {
    const [start, end] = node.range ?? [0, 0];
    found.push({ message, next, frame: source.frame(start, Math.max(end, start + 1)) });
  };
  const lookAtScalar = (node: Scalar): void => {
    const text = node.type === 'PLAIN' ? (node.source ?? '') : '';
    if (text.includes('${{') && text.indexOf('}}', text.lastIndexOf('${{')) < 0) {
      const comment = sameLineComment(source, node);
      if (comment !== undefined)
        report(node, 'a comment cuts this `${{ }}`', `quote it: ${quoted(`${text} ${comment}`)}`);
    }
    if (node.anchor !== undefined && node.value === null && text === '') {
      const from = source.text.lastIndexOf(`&${node.anchor}`, node.range?.[0] ?? 0);
      found.push({
        message: 'a value that begins with & means something else to YAML',
        frame: source.frame(from, from + node.anchor.length + 1),
        next: `quote it: "&${node.anchor}"`,
      });
    }
  };
  const lookAtPair = ({ key, value }: Pair): void => {
    if (isScalar(key) && key.type === 'PLAIN' && keyText(key).includes('${{')) {
      const [start] = key.range ?? [0];
      const end = source.text.indexOf('\n', start);
      const line = source.text.slice(start, end < 0 ? undefined : end);
      report(key, 'YAML reads this as a mapping', `quote it: ${quoted(line.trim())}`);
      return;
    }
    look(key);
    look(value);
  };
  const lookAtSeq = (node: YAMLSeq): void => {
    const only = node.items[0];
    // `[${{ x }}]` without an error is a list that holds { $: { "{ x }": null } }.
    if (
      node.flow &&
      isMap(only) &&
      keyText(only.items[0]?.key) === '$' &&
      (isMap(only.items[0]?.value) || isSeq(only.items[0]?.value))
    ) {
      report(node, 'YAML does not read this `${{ }}` as text here', 'quote it');
    }
    for (const item of node.items) look(item);
  };
  // The parser's own walk takes thrice the time. How deep it goes was looked at before.
  const look = (node: unknown): void => {
    if (isScalar(node)) lookAtScalar(node);
    else if (isMap(node)) for (const pair of node.items) lookAtPair(pair);
    else if (isSeq(node)) lookAtSeq(node);
    else if (isPair(node)) lookAtPair(node);
  };
  if (TRACES.test(source.text)) look(root);
  return found;
}

/** The whole flow or block value around an expression: back to `: `, `[`, `{` or `, `, on to the end of the value. */
function wholeValue(line: string, from: number, to: number): string {
  const before = line.slice(0, from);
  const flow = /[[{]/.test(before.replaceAll(/"[^"]*"/g, ''));
  const start = Math.max(
    before.lastIndexOf(': ') + 2,
    before.lastIndexOf('[') + 1,
    before.lastIndexOf('{') + 1,
    before.lastIndexOf(', ') + 2,
    /^\s*(?:- )*/.exec(line)![0].length,
  );
  const tail = line.slice(to);
  const end = flow ? to + (/^(?:\$\{\{.*?\}\}|[^,\]}])*/.exec(tail)?.[0].length ?? 0) : line.length;
  return line
    .slice(Math.min(start, from), end)
    .replace(/\s+#.*$/, '')
    .trim();
}

/** What begins with a quote where a value may begin, to its end or the line's: one in the midst of a text is text. */
const QUOTED = /(?<=^\s*|[[{,]\s*|[:?-]\s+)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?)/g;

const isInQuotes = (line: string, at: number): boolean =>
  [...line.matchAll(QUOTED)].some(({ index, 0: text }) => index < at && at < index + text.length);

/** The comment behind an open bracket, on the last line that ends before an offset or holds it. */
function commentAbove({ text }: SourceFile, offset: number): [start: number, end: number] | undefined {
  const before = text.slice(0, offset).trimEnd();
  const lineStart = before.lastIndexOf('\n') + 1;
  const found = /[[{].*?\s(#.*)$/.exec(before.slice(lineStart))?.[1];
  return found === undefined ? undefined : [before.length - found.length, before.length];
}

const valueText = (rest: string): string => rest.replace(/\s+#.*$/, '').replace(/[\s,\]}]+$/, '');
const keyAt = (rest: string): string => /^[^:]*/.exec(rest)![0].trim();
const firstLower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
