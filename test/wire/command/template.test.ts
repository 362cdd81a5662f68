import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { slotOf, slotOfBytes } from '../../../src/redis/cluster/slot.js';
import { encodeCommand } from '../../../src/wire/command/encode.js';
import { Digits, Filler, type Hole, Text } from '../../../src/wire/command/hole.js';
import { CommandTemplate, type TemplateArgument } from '../../../src/wire/command/template.js';

/** As RESP writes a list of strings. */
const written = (args: readonly string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;

function write(template: CommandTemplate, operation: number): string {
  const length = template.measure(operation);
  const target = Buffer.alloc(length + 4, '?');
  template.write(target, 2);
  expect(target.subarray(0, 2).toString() + target.subarray(length + 2).toString()).toBe('????');
  return target.toString('utf8', 2, length + 2);
}

/** A part of an argument, and what it is for an operation. */
type Part = readonly [part: string | Hole, textOf: (operation: number) => string];
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.string({ maxLength: 40 }).map((text): Part => [text, () => text]),
  fc
    .nat(1_000)
    .map((step): Part => [new Digits((operation) => operation * step), (operation) => `${operation * step}`]),
  fc
    .nat(9)
    .map(
      (step): Part => [
        new Digits((operation) => operation + step, 18),
        (operation) => `${operation + step}`.padStart(18, '0'),
      ],
    ),
  fc
    .string({ maxLength: 10 })
    .map((text): Part => [new Text((operation) => text + operation), (operation) => text + operation]),
  fc
    .nat(50)
    .map(
      (size): Part => [
        new Filler((operation) => size + (operation % 7)),
        (operation) => 'x'.repeat(size + (operation % 7)),
      ],
    ),
);
const operations = fc.array(
  fc.oneof(
    fc.nat(2_000),
    fc.maxSafeNat().map((number) => number % 2 ** 43),
  ),
  { minLength: 1, maxLength: 5 },
);

describe('a template', () => {
  test('writes what its parts are for the operation, and knows where the key is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        operations,
        (args, numbers) => {
          const template = new CommandTemplate(
            args.map((parts): TemplateArgument => parts.map(([given]) => given)),
            args.length - 1,
          );
          for (const number of numbers) {
            const texts = args.map((parts) => parts.map(([, textOf]) => textOf(number)).join(''));
            const bytes = write(template, number);
            expect(bytes).toBe(written(texts));
            const key = Buffer.from(bytes).subarray(template.keyStart, template.keyEnd);
            expect(key.toString()).toBe(texts.at(-1));
          }
        },
      ),
    );
  });

  test('of fixed length is patched into the bytes of another operation', () => {
    const template = new CommandTemplate([
      'SET',
      ['key:', new Digits((n) => n, 12)],
      'value',
      ['n', new Digits((n) => n * 2, 3)],
    ]);
    const target = Buffer.alloc(template.measure(1));
    template.write(target, 0);
    template.measure(123);
    template.patch(target, 0);
    expect(template.isFixed).toBe(true);
    expect(target.toString()).toBe(written(['SET', 'key:000000000123', 'value', 'n246']));
  });
});

test('bytes that are no text go through as they are', () => {
  expect(encodeCommand(['SET', Uint8Array.of(0, 255, 13, 10), 7])).toEqual(
    Buffer.from('*3\r\n$3\r\nSET\r\n$4\r\n\u0000\u00ff\r\n\r\n$1\r\n7\r\n', 'latin1'),
  );
});

test.each([0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 4_294_967_295, 4_294_967_296, 10 ** 15, Number.MAX_SAFE_INTEGER])(
  '%d is written in digits',
  (number) => {
    expect(write(new CommandTemplate([[new Digits(() => number)]]), 0)).toBe(written([String(number)]));
  },
);

test('the slot of a key within bytes is that of the key', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '{', '}', 'é') }), (key) => {
      const bytes = Buffer.from(`}{${key}}{`);
      expect(slotOfBytes(bytes, 2, bytes.length - 2)).toBe(slotOf(key));
    }),
  );
});
