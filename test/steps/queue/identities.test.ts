import { beforeEach, expect, test } from 'vitest';
import { Identities, type Identity } from '../../../src/steps/queue/identities.js';
import { expression } from '../fields.js';

let identities: Identities;
beforeEach(() => {
  identities = new Identities();
});

const expectMessage = (body: string, sequence: number): Identity => {
  const id = identities.nameOf(body);
  const identity = { id, sequence, key: null, enqueuedAt: 1, deliverAt: 1, redriveCount: 0 };
  identities.expect(body, identity);
  return identity;
};

test('equal bodies are told apart by a counter, and recognized in the order in which they were pushed', () => {
  const pushed = ['a', 'a', 'b', 'a'].map(expectMessage);
  expect(pushed.map(({ id }) => id)).toEqual([
    'ca978112ca1bbdca-0',
    'ca978112ca1bbdca-1',
    '3e23e8160039594a-0',
    'ca978112ca1bbdca-2',
  ]);
  expect(['a', 'b', 'a', 'a'].map((body, n) => identities.recognize(body, `entry ${n}`))).toEqual(
    [0, 2, 1, 3].map((n) => pushed[n]),
  );
});

test('an entry keeps its name as long as it is on the server', () => {
  const [first, second] = ['a', 'a'].map(expectMessage);
  expect(identities.recognize('a', 'e1')).toBe(first);
  expect(identities.recognize('a', 'e1')).toBe(first);
  expect(identities.recognize('a', '')).toBe(second);
  identities.settle('e1');
  expect(identities.recognize('a', 'e1').id).toBe('ca978112ca1bbdca-2');
});

test('what nobody here pushed gets a name of its own', () => {
  expectMessage('a', 0);
  expect(identities.recognize('x', 'e1')).toEqual({
    id: '2d711642b726b044-0',
    sequence: 0,
    key: null,
    enqueuedAt: null,
    deliverAt: null,
    redriveCount: 0,
  });
  expect(identities.recognize('y', 'e2').sequence).toBe(1);
});

test('what was refused is not expected any more', () => {
  const [first, second] = ['a', 'a'].map(expectMessage);
  identities.forget('a', first!);
  identities.forget('a', first!);
  expect(identities.recognize('a', 'e1')).toBe(second);
});

test('an expression over the body names a message, on either side', () => {
  identities.nameBy(expression(({ message }) => (message as { body: { order: number } }).body.order));
  expect(expectMessage('{"order":7}', 0).id).toBe('7');
  expect(identities.recognize('{"order":7}', 'e1').id).toBe('7');
  expect(identities.recognize('{"order":8}', 'e2').id).toBe('8');
});

test('remembers what became a dead letter', () => {
  const identity = expectMessage('a', 0);
  expect(identities.buried(identity.id)).toBeUndefined();
  identities.bury(identity);
  expect(identities.buried(identity.id)).toBe(identity);
});
