import { expect, test } from 'vitest';
import type { CaseForensics } from '../../src/contracts/event.js';
import type { KeyState } from '../../src/contracts/forensics.js';
import { cutForensics } from '../../src/engine/forensics.js';
import { redactEvent } from '../../src/engine/redact.js';
import { createRedactor } from '../../src/redis/redact.js';

const stateOf = (state: Partial<KeyState>): KeyState => ({
  key: 'k',
  type: 'list',
  length: 1,
  ttlMs: null,
  bytes: 1,
  first: [],
  last: [],
  ...state,
});

const eventOf = (state: Partial<KeyState>, command = 'GET k'): CaseForensics => ({
  type: 'case.forensics',
  time: 0,
  case: 'a.yaml#one',
  forensics: {
    keys: [stateOf(state)],
    moreKeys: 0,
    clients: [{ name: 'commands', user: 'app' }],
    slow: [{ command, ms: 12, agoMs: 1 }],
    server: [{ node: '127.0.0.1:7001', now: { role: 'master' }, grew: { evicted_keys: 1 } }],
    refused: ['XINFO GROUPS'],
  },
});

const long = (length: number) => 'x'.repeat(length);

test.each<[what: string, entry: unknown, cut: unknown]>([
  ['a short text', 'short', 'short'],
  ['null', null, null],
  ['a long text', long(300), `${long(256)}…`],
  ['half a character', `${long(255)}😀`, `${long(255)}…`],
  ['long bytes', { base64: 'A'.repeat(300) }, { base64: `${'A'.repeat(256)}…` }],
  ['a pair', ['field', 1.5], ['field', 1.5]],
  ['a stream entry', ['1-1', ['a', long(250), 'b', long(20)]], ['1-1', ['a', long(250), 'b', 'x…']]],
  ['what comes after is left out', ['1-1', [long(300), 'b', 'c']], ['1-1', [`${long(253)}…`, '…']]],
])('an entry is cut: %s', (_, entry, cut) => {
  const [state] = cutForensics(eventOf({ first: [entry], last: [entry] })).forensics.keys;
  expect([state?.first, state?.last]).toEqual([[cut], [cut]]);
});

test('names and commands are cut', () => {
  const { keys, slow } = cutForensics(eventOf({ key: long(300) }, long(300))).forensics;
  expect([keys[0]?.key, slow[0]?.command]).toEqual([`${long(256)}…`, `${long(256)}…`]);
});

test('a secret is taken out of names, entries and commands, and none is left in half at the end of what is cut', () => {
  const event = eventOf(
    { key: 'of s3cret', first: [`${long(253)}s3cret`, ['s3cret', { s3cret: 's3cret' }]] },
    `${long(253)}s3cret`,
  );
  const redacted = redactEvent(event, createRedactor(['s3cret'])) as CaseForensics; // text alone changes
  const text = JSON.stringify(cutForensics(redacted));
  expect(text).toContain('of ***');
  expect(text).not.toContain('s3');
});

test('words that reporters go by stay, whatever the secrets are', () => {
  const event = eventOf({});
  const words = ['list', 'keys', 'first', 'server', 'now', '127.0.0.1', 'key', 'clients'];
  expect(redactEvent(event, createRedactor(words))).toEqual(event);
});
