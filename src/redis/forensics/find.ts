import { isUtf8 } from 'node:buffer';
import type { Argument, Connection, Node, Reply } from '../../contracts/redis.js';
import type { CaseNamespace } from '../namespace.js';
import { toArgument } from '../reply.js';
import { type Inquiry, listOf } from './inquiry.js';

const PAGE = 1_000;
/** Somebody else's server may hold millions of keys: a look at so many takes it some 20 ms. */
const PAGES = 50;
/** Names that the case gave, of which some may be gone, or never were. */
const TRIED = 1_000;

export interface FoundKey {
  /** As it is on the server. */
  readonly name: Argument;
  /** Without the namespace; `base64:…` where it is no text. */
  readonly label: string;
  readonly type: string;
}

export interface FoundKeys {
  readonly keys: readonly FoundKey[];
  /** Null where nobody counted to the end. */
  readonly more: number | null;
}

/**
 * The keys of a case that are there: those that it named, in its own order, then what scripts and programs made under its
 * namespace. With literal names only those that it owns, and ours beside them.
 */
export async function findKeys(
  connection: Connection,
  nodes: readonly Node[],
  { namespace, owns }: { readonly namespace: CaseNamespace; readonly owns: readonly string[] },
  limit: number,
  inquiry: Inquiry,
): Promise<FoundKeys> {
  const { prefix } = namespace;
  const known = new Map([...owns, ...namespace.given].map((name) => [labelOf(name, prefix), name]));
  const scans = prefix === '' ? [] : await Promise.all(nodes.map((node) => scan(node, prefix, inquiry)));
  const isWhole = prefix !== '' && scans.every(({ ended }) => ended);
  const there = new Map(scans.flatMap(({ names }) => names).map((name) => [labelOf(name, prefix), name]));
  const named = isWhole ? [...known].filter(([label]) => there.has(label)) : [...known].slice(0, TRIED);
  const candidates = [...new Map([...named, ...there])];
  // What a scan has just seen need not be asked for beyond what is shown.
  const asked = isWhole ? candidates.slice(0, limit) : candidates.slice(0, TRIED);
  const types = await Promise.all(asked.map(([, name]) => inquiry.ask(connection, ['TYPE', name])));
  const keys = asked.flatMap(([label, name], index) => {
    const type = types[index];
    return typeof type === 'string' && type !== 'none' ? [{ name, label, type }] : [];
  });
  const isCounted = isWhole || (prefix === '' && known.size <= TRIED && types.every((type) => type !== undefined));
  return {
    keys: keys.slice(0, limit),
    more: isCounted ? (isWhole ? candidates.length - asked.length : Math.max(0, keys.length - limit)) : null,
  };
}

async function scan(node: Node, prefix: string, inquiry: Inquiry): Promise<{ names: Argument[]; ended: boolean }> {
  const names: Argument[] = [];
  let cursor = '0';
  for (let page = 0; page < PAGES; page++) {
    const reply = await inquiry.ask(node, ['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', PAGE]);
    if (reply === undefined) return { names, ended: false };
    const [next, found] = listOf(reply);
    names.push(...listOf(found).map((name: Reply) => toArgument(name)));
    cursor = String(next);
    if (cursor === '0') return { names, ended: true };
  }
  return { names, ended: false };
}

function labelOf(name: Argument, prefix: string): string {
  if (!(name instanceof Uint8Array)) {
    const text = String(name);
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  }
  const bytes = Buffer.from(name);
  if (isUtf8(bytes)) return labelOf(bytes.toString(), prefix);
  const rest = bytes.subarray(bytes.indexOf(prefix) === 0 ? Buffer.byteLength(prefix) : 0);
  return `base64:${rest.toString('base64')}`;
}
