import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editMembers } from '../../../../src/steps/dlq/layouts/json-members.js';

test.each([
  ['{"a":1,"b":2}', { a: '9' }, '{"a":9,"b":2}'],
  ['{"a":1}', { b: '"x"' }, '{"a":1,"b":"x"}'],
  ['{}', { b: 'null' }, '{"b":null}'],
  [' { "a" : [ 1 , {"a":2} ] , "b":"}" } ', { a: '0', b: '1' }, ' { "a" : 0 , "b":1 } '],
  [
    '{"n":12345678901234567890,"e":[],"t":"\\u00fc, \\"a\\":1","a":-1.5e3}',
    { a: '2' },
    '{"n":12345678901234567890,"e":[],"t":"\\u00fc, \\"a\\":1","a":2}',
  ],
  ['{"o":{"a":1,"b":[{"a":2}]},"a":"a"}', { a: '0' }, '{"o":{"a":1,"b":[{"a":2}]},"a":0}'],
  ['{"\\u0061":1}', { a: '2' }, '{"\\u0061":2}'],
])('%s with %j', (json, changes, edited) => {
  expect(editMembers(json, changes)).toBe(edited);
});

test('any object: what is changed is changed, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.nat(),
      fc.boolean(),
      (object, name, count, spaced) => {
        fc.pre(name !== '__proto__' && !Object.hasOwn(object, '__proto__'));
        const json = JSON.stringify(object, null, spaced ? 2 : 0);
        const edited = editMembers(json, { [name]: String(count) });
        expect(JSON.parse(edited)).toEqual({ ...(JSON.parse(json) as object), [name]: count });
      },
    ),
  );
});
