import { VERDICTS } from '../contracts/result.js';
import { oneLine } from '../format/text.js';
import { OPERATIONS, PHASES } from './frames.js';
import { SAVED_FORMAT, type SavedLine } from './saved.js';

/** An object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a field must be: one of a few words, or a kind of value. */
type Kind = readonly string[] | 'text' | 'number' | 'whole' | 'flag' | 'object' | 'list';
type Rule = readonly [name: string, kind: Kind, optional?: 'optional'];

const RULES: Readonly<Record<SavedLine['type'], readonly Rule[]>> = {
  history: [
    ['redrill', 'text'],
    ['case', 'text'],
    ['attempt', 'whole', 'optional'],
    ['file', 'text'],
    ['seed', 'number'],
    ['target', 'text'],
    ['startedAt', 'text'],
    ['beganAt', 'number', 'optional'],
  ],
  event: [
    ['phase', PHASES],
    ['operation', OPERATIONS],
    ['target', 'text'],
    ['message', 'text'],
    ['time', 'number'],
    ['process', 'whole'],
    ['attempt', 'whole'],
    ['actor', 'text'],
    ['step', 'text'],
    ['since', 'number', 'optional'],
    ['notBefore', 'number', 'optional'],
    ['entryId', 'text', 'optional'],
    ['hash', 'whole', 'optional'],
    ['connection', 'whole', 'optional'],
    ['key', 'text', 'optional'],
    ['body', 'text', 'optional'],
    ['to', 'text', 'optional'],
    ['fault', 'text', 'optional'],
    ['namedBy', ['identity', 'content'], 'optional'],
    ['pattern', 'flag', 'optional'],
    ['shard', 'flag', 'optional'],
  ],
  check: [
    ['step', 'text'],
    ['events', 'whole'],
    ['judged', 'flag'],
    ['requests', 'list'],
    ['reports', 'list'],
  ],
  end: [
    ['events', 'whole'],
    ['verdict', VERDICTS],
  ],
};
const REQUEST: readonly Rule[] = [
  ['checker', 'text'],
  ['options', 'object'],
];
const REPORT: readonly Rule[] = [
  ['verdict', ['passed', 'failed', 'unknown']],
  ['reasons', 'list'],
  ['counts', 'object'],
  ['examples', 'object'],
];

/** Why this can't be the line after `previous` and `events` events; undefined when it can. */
export function problemOf(
  line: Fields | undefined,
  previous: SavedLine['type'] | undefined,
  events: number,
): string | undefined {
  if (previous === undefined) return line?.type === 'history' ? problemOfHeader(line) : 'is no saved history';
  if (!line) return 'is not a JSON object';
  if (previous === 'end') return 'stands after the end of the history';
  const { type } = line;
  if (type !== 'event' && type !== 'check' && type !== 'end') {
    return `is no line of a history: type is ${shown(type)}, expected event, check or end`;
  }
  const problem = findProblem(line, RULES[type]);
  if (problem !== undefined || type === 'event') return problem;
  if (line.events !== events) return `comes after ${line.events} events, and the file has ${events} before it`;
  return type === 'check' ? problemOfCheck(line) : undefined;
}

function problemOfHeader(line: Fields): string | undefined {
  if (line.format !== SAVED_FORMAT) return `has format ${shown(line.format)}, and this program reads ${SAVED_FORMAT}`;
  return findProblem(line, RULES.history);
}

function problemOfCheck({ requests, reports }: Fields): string | undefined {
  const asked = requests as readonly unknown[]; // its rule says so
  const said = reports as readonly unknown[]; // its rule says so
  if (asked.length !== said.length) return `has ${asked.length} requests, and ${said.length} reports`;
  return (
    asked.map((one) => problemWithin(one, REQUEST)).find(Boolean) ??
    said.map((one) => problemWithin(one, REPORT)).find(Boolean)
  );
}

const problemWithin = (value: unknown, rules: readonly Rule[]): string | undefined =>
  isFields(value) ? findProblem(value, rules) : `holds ${shown(value)}, expected an object`;

function findProblem(line: Fields, rules: readonly Rule[]): string | undefined {
  for (const [name, kind, optional] of rules) {
    const value = line[name];
    if (value === undefined ? optional : fits(value, kind)) continue;
    const expected = typeof kind === 'string' ? WORDS[kind] : `one of ${kind.join(', ')}`;
    return `has ${name} ${shown(value)}, expected ${expected}`;
  }
  return undefined;
}

const WORDS = {
  text: 'a text',
  number: 'a number',
  whole: 'a whole number',
  flag: 'true or false',
  object: 'an object',
  list: 'a list',
} as const;

function fits(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'whole':
      return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
    case 'flag':
      return typeof value === 'boolean';
    case 'object':
      return isFields(value);
    case 'list':
      return Array.isArray(value);
    default:
      return typeof value === 'string' && kind.includes(value);
  }
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SHOWN = 40;
const shown = (value: unknown): string =>
  value === undefined ? 'missing' : oneLine(JSON.stringify(value)).slice(0, SHOWN);
