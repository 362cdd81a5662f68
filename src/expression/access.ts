import { nearestName } from '../format/nearest.js';
import { cutText, formatValue, isMap } from '../format/value.js';
import type { Compiler } from './compile.js';
import type { Frame, Part } from './frame.js';
import { keyOf } from './operators.js';
import { errorAt, listNames, Problem } from './problem.js';
import { errorIn, locate, type Node, placeOf, textOf } from './syntax.js';
import { A_KIND, type Kind, kindOf, narrow, type StaticKind } from './values.js';

/** `owner.key` */
export function memberPart(node: Node, ownerNode: Node, owner: Part, key: string): Part {
  checkOwner(node, ownerNode, owner.kind, ['map']);
  return {
    kind: 'any',
    run: (frame) => {
      const map = owner.run(frame);
      return isMap(map) ? valueAt(node, ownerNode, map, key, frame) : checkOwner(node, ownerNode, kindOf(map), ['map']);
    },
  };
}

/** `owner[index]` */
export function indexPart(node: Node, ownerNode: Node, owner: Part, index: Part): Part {
  checkOwner(node, ownerNode, owner.kind, ['list', 'map']);
  return {
    kind: 'any',
    run: (frame) => {
      const collection = owner.run(frame);
      const key = index.run(frame);
      try {
        if (Array.isArray(collection)) return itemOf(ownerNode, collection, key);
        if (isMap(collection)) return valueAt(node, ownerNode, collection, keyOf(key), frame);
        return checkOwner(node, ownerNode, kindOf(collection), ['list', 'map']);
      } catch (error) {
        throw locate(error, node);
      }
    },
  };
}

/** `has(owner.key)`: whether the key is there. What is no map has none, so that it tells apart the bodies of a mixed queue. */
export function hasPart(compiler: Compiler, node: Node, args: readonly Node[]): Part {
  const [access] = args;
  if (args.length !== 1 || access?.op !== '.') {
    throw errorIn(node, 'has() asks for a key of a map', 'write has(owner.key), or "key" in owner');
  }
  const [ownerNode, key] = access.args;
  const owner = compiler.compileOwner(access, ownerNode);
  checkOwner(access, ownerNode, owner.kind, ['map', 'null']);
  return {
    kind: 'boolean',
    run: (frame) => {
      const map = owner.run(frame);
      return isMap(map) && ownValue(map, key) !== undefined;
    },
  };
}

type Data = Readonly<Record<string, unknown>>;

/** Undefined when it is not there. What the prototype has is not there. */
const ownValue = (map: Data, key: string): unknown => (Object.hasOwn(map, key) ? map[key] : undefined);

function valueAt(node: Node, ownerNode: Node, map: Data, key: string, frame: Frame): unknown {
  const value = ownValue(map, key);
  if (value === undefined) {
    frame.spendOn(map);
    throw missingKey(node, ownerNode, Object.keys(map), key);
  }
  return typeof value === 'bigint' ? narrow(value) : value;
}

function itemOf(ownerNode: Node, list: readonly unknown[], key: unknown): unknown {
  const index = typeof key === 'bigint' ? Number(key) : key;
  if (typeof index !== 'number')
    throw new Problem(`${nameOf(ownerNode)} is a list: its index is a number, not ${A_KIND[kindOf(key)]}`);
  if (!Number.isInteger(index)) throw new Problem(`the index of a list is a whole number, not ${index}`);
  const value = list[index];
  if (value === undefined) {
    const items = list.length === 1 ? '1 item' : `${list.length} items`;
    throw new Problem(
      `${nameOf(ownerNode)} has ${items}, none at index ${index}`,
      list.length > 0 ? 'the first is at 0' : undefined,
    );
  }
  return typeof value === 'bigint' ? narrow(value) : value;
}

/** A map may have a million keys, and a loop may miss one in each round. */
const KEYS_COMPARED = 1_000;

/** What a key can be asked of without parentheses. */
const PRIMARIES: ReadonlySet<string> = new Set(['id', '.', '[]', 'call', 'rcall', 'value', 'list', 'map']);

/** The owner as it is written, cut to what a message bears. */
function nameOf(node: Node): string {
  const text = textOf(node).replace(/\s+/g, ' ');
  const cut = text.length > 60 ? `${cutText(text, 59)}…` : text;
  return PRIMARIES.has(node.op) ? cut : `(${cut})`;
}

function missingKey(node: Node, ownerNode: Node, keys: readonly string[], key: string): Error {
  const near = nearestName(key, keys.slice(0, KEYS_COMPARED));
  const has = keys.length === 0 ? 'it is empty' : `it has ${listNames(keys)}`;
  const message = `${nameOf(ownerNode)} has no key ${formatValue(key, { maxLength: 60 })}`;
  return errorAt(keyPlace(node), message, near === undefined ? has : `did you mean "${near}"? ${has}`);
}

/** Where the key of an access stands. */
function keyPlace(node: Node): { source: string; start: number; end: number } {
  if (node.op === '[]') return placeOf(node.args[1]);
  return { source: node.input, start: node.pos, end: node.end };
}

/** Raises unless an owner of this kind can have keys. */
function checkOwner(node: Node, ownerNode: Node, kind: StaticKind, allowed: readonly Kind[]): void {
  if (kind === 'any' || allowed.includes(kind)) return;
  const name = nameOf(ownerNode);
  const next =
    kind === 'list'
      ? `take an item: ${name}[0]`
      : kind === 'string'
        ? `take a part: ${name}.substring(from, to)`
        : undefined;
  throw errorAt(keyPlace(node), `${name} is ${A_KIND[kind]} and has no keys`, next);
}
