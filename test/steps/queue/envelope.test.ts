import { describe, expect, test } from 'vitest';
import { decodeLetter, type LetterHeader, letterLine } from '../../../src/steps/queue/dead-letter.js';
import { decodeMessage, encodeMessage, type StoredEnvelope } from '../../../src/steps/queue/envelope.js';
import { bodyValue, encodeBody, type Payload, payloadOf } from '../../../src/steps/queue/payload.js';

const envelope: StoredEnvelope = {
  id: 'push-3',
  sequence: 3,
  key: 'customer 7',
  enqueuedAt: 1_700_000_000_000.125,
  deliverAt: 1_700_000_000_500.125,
  redriveCount: 0,
};
const bodies: [string, Payload][] = [
  ['text', 'hello'],
  ['an empty body', ''],
  ['newlines', '\n\n a \r\n'],
  ['a byte-order mark', '\ufeffx'],
  ['another envelope', encodeMessage(envelope, 'inner')],
  ['bytes', Uint8Array.from([0xff, 0x0a, 0x00, 0x0a])],
];

describe('a message comes back as it was stored', () => {
  test.each(bodies)('%s', (_, body) => {
    const decoded = decodeMessage(encodeMessage(envelope, body));
    expect(decoded.envelope).toEqual(envelope);
    expect(Buffer.from(decoded.body)).toEqual(Buffer.from(body));
  });

  test('without a key', () => {
    expect(decodeMessage(encodeMessage({ ...envelope, key: null }, 'x')).envelope?.key).toBeNull();
  });
});

test.each([
  ['text', 'hello'],
  ['JSON', '{"id":"push-3"}\nrest'],
  ['a mark alone', 'redrill:message'],
  ['a mark and no JSON', 'redrill:message {no}\nbody'],
  ['a mark and too little', 'redrill:message {"id":"x"}\nbody'],
  ['a mark and wrong types', 'redrill:message {"id":1,"sequence":"0"}\nbody'],
  ['a mark without an end', 'redrill:message {"id":"x"}'],
  ['bytes without a line', Uint8Array.from([0xff])],
])('%s is a body without an envelope', (_, payload) => {
  expect(decodeMessage(payload)).toEqual({ envelope: null, body: payload });
});

const header: LetterHeader = {
  id: 'push-3',
  originalQueue: 'orders',
  reason: 'attempts',
  attempts: 3,
  deliveries: 4,
  firstEnqueuedAt: 1,
  firstFailedAt: 2,
  lastFailedAt: 3,
  error: { class: 'HandlerError', message: 'line 1\nline 2 "quoted"' },
  consumer: 'work/1',
  redriveCount: 2,
};

test.each(bodies)('a dead letter keeps %s', (_, body) => {
  const message = encodeMessage(envelope, body);
  const stored = Buffer.concat([Buffer.from(letterLine(header)), Buffer.from(message)]);
  const decoded = decodeLetter(typeof message === 'string' ? stored.toString() : stored);
  expect(Buffer.from(decoded.message)).toEqual(Buffer.from(message));
  expect(decoded.letter).toEqual({ ...header, body: bodyValue(body) });
});

test('a dead letter whose header somebody changed is still one', () => {
  const changed = 'redrill:dead-letter {"id":7,"reason":"by hand","attempts":"many","error":"none"}\nbody';
  expect(decodeLetter(changed).letter).toMatchObject({
    id: '230d8358dc8e8890',
    reason: 'by hand',
    attempts: 0,
    originalQueue: '',
    error: { class: 'unknown', message: '' },
    body: 'body',
  });
});

test.each([
  ['hello', 'hello'],
  ['5', '5'],
  [5, '5'],
  [null, 'null'],
  [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
  [12345678901234567890n, '12345678901234567890'],
])('the body of %o is %j', (value, body) => {
  expect(encodeBody(value)).toBe(body);
});

test.each([
  ['hello', 'hello'],
  ['{"a":1}', { a: 1 }],
  ['5', 5],
  [Uint8Array.from([0xff]), { base64: '/w==' }],
])('the value of %j is %j', (body, value) => {
  expect(bodyValue(body)).toEqual(value);
});

test('a reply that is no bytes is not taken for a message', () => {
  expect(payloadOf('x')).toBe('x');
  expect(payloadOf({ base64: '/w==' })).toEqual(Buffer.from([0xff]));
  expect(() => payloadOf(7)).toThrow('expected the bytes of a message, got 7');
});
