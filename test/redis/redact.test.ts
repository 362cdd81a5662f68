import { describe, expect, test } from 'vitest';
import type { Secret } from '../../src/contracts/target.js';
import { createRedactor } from '../../src/redis/redact.js';

const TEXTS: readonly (readonly [secrets: Secret[], text: string, redacted: string])[] = [
  [['hunter2'], 'the password is hunter2, twice: hunter2', 'the password is ***, twice: ***'],
  [['p@ss/w'], 'redis://:p%40ss%2Fw@host and p@ss/w', 'redis://:***@host and ***'],
  [['a$@b'], 'redis://:a$%40b@host, as a URL writes it', 'redis://:***@host, as a URL writes it'],
  [['hunter2'], `{"base64":"${btoa('hunter2')}"} or ${btoa('hunter2').replaceAll('=', '')}`, '{"base64":"***"} or ***'],
  [['token', 'token-long'], 'token-long', '***'],
  [['ab'], 'about', 'about'],
  [['a.c', '(x)+'], 'abc a.c (x)+', 'abc *** ***'],
  [[], 'hunter2', 'hunter2'],
  [[/key-\w+/], 'key-1 and key-2', '*** and ***'],
  [['key', /key-\w+/], 'key-1 and a key', '*** and a ***'],
];

test.each(TEXTS)('%j hides in %s', (secrets, text, redacted) => {
  expect(createRedactor(secrets).text(text)).toBe(redacted);
});

describe('a value', () => {
  const { value } = createRedactor(['hunter2']);

  test('is redacted deep, keys included', () => {
    expect(value({ a: ['hunter2', 1, null, true], 'key hunter2': { b: 'hunter2!' }, n: 10n })).toEqual({
      a: ['***', 1, null, true],
      'key ***': { b: '***!' },
      n: 10n,
    });
  });

  test('that holds no secret is the same one', () => {
    const harmless = { a: [{ b: 'c' }], bytes: Buffer.from('hunter2') };
    expect(value(harmless)).toBe(harmless);
  });

  test('keeps a key named __proto__ a key', () => {
    const input = JSON.parse('{"__proto__": "hunter2"}');
    expect(JSON.stringify(value(input))).toBe('{"__proto__":"***"}');
  });

  test('passes through when there are no secrets', () => {
    const anything = { a: 'hunter2' };
    expect(createRedactor(['', 'x']).value(anything)).toBe(anything);
  });
});
