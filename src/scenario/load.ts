import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { Diagnostic } from '../contracts/diagnostic.js';
import { explainYamlProblem, findMangled, quoted } from './mangled.js';
import { SourceDocument, SourceFile } from './source.js';
import { isMergeKey, keyText, SourceTree } from './tree.js';

/** Bounds on what a stranger's file may ask of us. */
export const LIMITS = { fileBytes: 1024 * 1024, nodes: 50_000, depth: 64, documents: 1_000 } as const;

export interface LoadedFile {
  readonly source: SourceFile;
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a file into documents of plain data with positions. Never raises: what is wrong is in `diagnostics`. */
export function loadYaml(file: string, text: string): LoadedFile {
  const lineCounter = new LineCounter();
  if (Buffer.byteLength(text) > LIMITS.fileBytes) {
    const source = new SourceFile(file, text.slice(0, 1_000), lineCounter);
    const message = `the file is larger than ${LIMITS.fileBytes / 1024} KiB`;
    return {
      source,
      documents: [],
      diagnostics: [{ message, frame: source.frame(0, 0), next: 'split it into several files' }],
    };
  }
  const source = new SourceFile(file, text, lineCounter);
  const parsed = parse(text, lineCounter);
  const diagnostics: Diagnostic[] = [];
  const documents: SourceDocument[] = [];
  const list = parsed.slice(0, LIMITS.documents);
  for (const [index, document] of list.entries()) {
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) {
      diagnostics.push(explainYamlProblem(source, problem));
      continue;
    }
    const converted = convert(source, document);
    if (converted instanceof SourceTree) {
      // An empty document between two `---` says nothing.
      if (converted.data === null && list.length > 1) continue;
      const mangled = findMangled(source, converted);
      diagnostics.push(...mangled);
      // The same text gives the same document.
      const reread = () => convert(source, parse(text)[index]!) as SourceTree;
      if (mangled.length === 0) documents.push(new SourceDocument(source, converted, reread));
    } else diagnostics.push(converted);
  }
  if (parsed.length > LIMITS.documents) {
    const message = `the file has more than ${LIMITS.documents} documents`;
    diagnostics.push({ message, frame: source.frame(0, 0), next: 'split it into several files' });
  }
  return { source, documents, diagnostics };
}

function parse(text: string, lineCounter?: LineCounter): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, {
    ...(lineCounter && { lineCounter }),
    version: '1.2',
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return Array.isArray(parsed) ? parsed : [];
}

class TooLarge extends Error {
  constructor(
    message: string,
    readonly node: Node | null,
  ) {
    super(message);
  }
}

class BadNode extends Error {
  constructor(
    message: string,
    readonly node: Node,
    readonly next?: string,
  ) {
    super(message);
  }
}

function convert(source: SourceFile, document: Document.Parsed): SourceTree | Diagnostic {
  const nodes = new Map<object, Node>();
  const aliases = new Map<Node, Node>();
  let count = 0;

  const value = (node: Node | null, depth: number): unknown => {
    if (++count > LIMITS.nodes)
      throw new TooLarge(`the document has more than ${LIMITS.nodes} values, aliases expanded`, node);
    if (depth > LIMITS.depth) throw new TooLarge(`values are nested more than ${LIMITS.depth} deep`, node);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target)
        throw new BadNode(`the alias *${node.source} has no anchor`, node, `quote it if it is text: "*${node.source}"`);
      aliases.set(node, target);
      return value(target, depth + 1);
    }
    if (isScalar(node)) return scalar(node.value, node.source, node.type);
    if (isSeq(node)) {
      const list: unknown[] = [];
      nodes.set(list, node);
      for (const item of node.items) list.push(value(item as Node, depth + 1)); // items of a parsed sequence are nodes
      return list;
    }
    if (!isMap(node)) return null;
    const map: Record<string, unknown> = {};
    nodes.set(map, node);
    const merges: Node[] = [];
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) {
        merges.push(pair.value as Node); // a parsed pair holds nodes
        continue;
      }
      if (!isScalar(pair.key)) throw notAKey(source, pair.key as Node); // a parsed pair holds nodes
      define(map, keyText(pair.key), value(pair.value as Node | null, depth + 1));
    }
    for (const merge of merges) mergeInto(map, value(merge, depth + 1), merge);
    return map;
  };

  try {
    const data = value(document.contents as Node | null, 0); // parsed contents are nodes
    return new SourceTree(data, document.contents, nodes, aliases);
  } catch (error) {
    if (!(error instanceof TooLarge) && !(error instanceof BadNode)) throw error;
    const range = error.node?.range ?? [0, 0];
    const next = error instanceof BadNode ? error.next : 'a scenario this large is best split into several';
    return {
      message: error.message,
      frame: source.frame(range[0], Math.min(range[1], range[0] + 80)),
      ...(next && { next }),
    };
  }
}

function notAKey({ text }: SourceFile, key: Node): BadNode {
  const [start, end] = key.range ?? [0, 0];
  // `{{ … }}` is a mapping whose key is a mapping.
  const braces = /^\{\{.*?\}\}/.exec(text.slice(start - 1, text.indexOf('\n', end)))?.[0];
  if (braces !== undefined)
    return new BadNode('YAML reads two braces as a mapping', key, `quote it: ${quoted(`$${braces}`)}`);
  return new BadNode('a key must be a plain word', key, 'quote it if it is text');
}

function scalar(value: unknown, source: string | undefined, type: string | undefined): unknown {
  const imprecise = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  if (imprecise && type === 'PLAIN' && source !== undefined && /^[-+]?\d+$/.test(source)) return BigInt(source);
  return value;
}

function define(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

function mergeInto(map: Record<string, unknown>, merged: unknown, node: Node): void {
  const sources = Array.isArray(merged) ? merged : [merged];
  for (const source of sources) {
    if (typeof source !== 'object' || source === null) throw new BadNode('a merge key takes a mapping', node);
    for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(map, key)) define(map, key, value);
  }
}
