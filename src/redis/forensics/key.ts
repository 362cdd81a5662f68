import { isUtf8 } from 'node:buffer';
import type { KeyState } from '../../contracts/forensics.js';
import type { Argument, Connection, Reply } from '../../contracts/redis.js';
import { toArgument } from '../reply.js';
import type { FoundKey } from './find.js';
import { type Inquiry, listOf, numberOf } from './inquiry.js';
import { describeGroups } from './stream.js';

/** At each end. */
const ENTRIES = 10;
/** Of a string: more than is shown, so that no secret is cut in two before it is blanked out. */
const STRING_BYTES = 4_096;
/** Entries that are larger on average are not fetched. */
const LARGEST_ENTRY = 128 * 1_024;

type Question = readonly [string, ...Argument[]];

/** Undefined where it is gone by now. */
export async function describeKey(
  connection: Connection,
  { name, label, type }: FoundKey,
  inquiry: Inquiry,
): Promise<KeyState | undefined> {
  const ask = (question: Question): Promise<Reply | undefined> => inquiry.ask(connection, question);
  const questions = QUESTIONS[type]?.(name);
  const [ttl, bytes, length] = await Promise.all([
    ask(['PTTL', name]).then(numberOf),
    ask(['MEMORY', 'USAGE', name]).then(numberOf),
    questions ? ask(questions.length).then(numberOf) : null,
  ]);
  if (ttl === -2) return undefined;
  const isLight = type === 'string' || bytes === null || length === null || bytes / length <= LARGEST_ENTRY;
  const [head, tail, groups] = await Promise.all([
    questions && isLight ? ask(questions.head) : undefined,
    questions?.tail && isLight && length !== null && length > ENTRIES ? ask(questions.tail) : undefined,
    type === 'stream' ? describeGroups(connection, name, inquiry) : undefined,
  ]);
  const first = head === undefined ? [] : (questions?.entries(head) ?? []).slice(0, ENTRIES);
  const last = tail === undefined ? [] : (questions?.entries(tail) ?? []);
  const inOrder = questions?.tailIsReversed ? [...last].reverse() : last;
  return {
    key: label,
    type,
    length,
    ttlMs: ttl === null || ttl < 0 ? null : ttl,
    bytes,
    first,
    // What is among the first is not shown twice.
    last: length === null ? [] : inOrder.slice(-(length - ENTRIES)),
    ...(groups && { groups }),
  };
}

interface TypeQuestions {
  readonly length: Question;
  readonly head: Question;
  /** Of types whose entries have an order. */
  readonly tail?: Question;
  readonly tailIsReversed?: boolean;
  entries(reply: Reply): readonly Reply[];
}

const asTheyCome = (reply: Reply): readonly Reply[] => listOf(reply);
/** Of SSCAN and HSCAN, whose reply begins with a cursor. */
const scanned = (reply: Reply): readonly Reply[] => listOf(listOf(reply)[1]);

const QUESTIONS: Readonly<Record<string, (name: Argument) => TypeQuestions>> = {
  string: (name) => ({
    length: ['STRLEN', name],
    head: ['GETRANGE', name, 0, STRING_BYTES - 1],
    entries: (reply) => [withoutHalfCharacter(reply)],
  }),
  list: (name) => ({
    length: ['LLEN', name],
    head: ['LRANGE', name, 0, ENTRIES - 1],
    tail: ['LRANGE', name, -ENTRIES, -1],
    entries: asTheyCome,
  }),
  set: (name) => ({ length: ['SCARD', name], head: ['SSCAN', name, 0, 'COUNT', ENTRIES], entries: scanned }),
  hash: (name) => ({
    length: ['HLEN', name],
    head: ['HSCAN', name, 0, 'COUNT', ENTRIES],
    entries: (reply) => inPairs(scanned(reply)),
  }),
  zset: (name) => ({
    length: ['ZCARD', name],
    head: ['ZRANGE', name, 0, ENTRIES - 1, 'WITHSCORES'],
    tail: ['ZRANGE', name, -ENTRIES, -1, 'WITHSCORES'],
    entries: asTheyCome,
  }),
  stream: (name) => ({
    length: ['XLEN', name],
    head: ['XRANGE', name, '-', '+', 'COUNT', ENTRIES],
    tail: ['XREVRANGE', name, '+', '-', 'COUNT', ENTRIES],
    tailIsReversed: true,
    entries: asTheyCome,
  }),
};

const inPairs = (flat: readonly Reply[]): readonly Reply[] =>
  flat.flatMap((item, index) => (index % 2 === 0 ? [[item, flat[index + 1] ?? null]] : []));

/** A string may be cut within a character, which makes it bytes. */
function withoutHalfCharacter(reply: Reply): Reply {
  const bytes = toArgument(reply);
  if (!(bytes instanceof Uint8Array) || bytes.length < STRING_BYTES) return reply;
  for (let length = bytes.length - 1; length > bytes.length - LONGEST_CHARACTER; length--) {
    const text = bytes.subarray(0, length);
    if (isUtf8(text)) return Buffer.from(text).toString();
  }
  return reply;
}

/** In bytes of UTF-8. */
const LONGEST_CHARACTER = 4;
