import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import { splitCommand } from '../../src/redis/split.js';

const SPLIT: readonly (readonly [command: string, ...args: string[]])[] = [
  ['SET user:1 ada EX 60', 'SET', 'user:1', 'ada', 'EX', '60'],
  ['  SET\tkey \n value  ', 'SET', 'key', 'value'],
  ['', ...[]],
  ['SET key "ada lovelace"', 'SET', 'key', 'ada lovelace'],
  ["SET key 'ada lovelace'", 'SET', 'key', 'ada lovelace'],
  ['SET key ""', 'SET', 'key', ''],
  ['SET key pre"fix ed"', 'SET', 'key', 'prefix ed'],
  ['SET key "\\n\\r\\t\\b\\a\\\\\\"\\q"', 'SET', 'key', '\n\r\t\b\x07\\"q'],
  ['SET key "\\x41\\xc3\\xa9\\xzz"', 'SET', 'key', 'Aéxzz'],
  ["SET key '\\n it\\'s \\x41'", 'SET', 'key', "\\n it's \\x41"],
  ['SET key \\n', 'SET', 'key', '\\n'],
  ['SET key "😀 é"', 'SET', 'key', '😀 é'],
  ['SET key ${{ vars.a }}', 'SET', 'key', '${{ vars.a }}'],
  ['SET k${{ index }} "a ${{ vars["b c"] + \'d\' }} e"', 'SET', 'k${{ index }}', 'a ${{ vars["b c"] + \'d\' }} e'],
  ['SET key ${{ {"a": {"b": "}}"}} }}x', 'SET', 'key', '${{ {"a": {"b": "}}"}} }}x'],
  ['SET key ${{ "\\"}}" }} y', 'SET', 'key', '${{ "\\"}}" }}', 'y'],
  ['SET key ${{ vars.a', 'SET', 'key', '${{ vars.a'],
  ['SET key $x{{y}}', 'SET', 'key', '$x{{y}}'],
];

test.each(SPLIT)('%s', (command, ...args) => {
  expect(splitCommand(command).map(({ text }) => text)).toEqual(args);
});

test('tells where each argument stands, quotes included', () => {
  const command = 'SET  "a b" ${{ x }}';
  const found = splitCommand(command).map(({ start, end }) => command.slice(start, end));
  expect(found).toEqual(['SET', '"a b"', '${{ x }}']);
});

test('gives bytes when escapes make no UTF-8', () => {
  expect(splitCommand('SET key "a\\xff\\x00b"')[2]?.text).toEqual(Buffer.from([0x61, 0xff, 0x00, 0x62]));
});

describe('what cannot be split', () => {
  const REFUSED: readonly (readonly [command: string, message: string, next: string])[] = [
    [
      'SET key "ada',
      'unbalanced quotes: the " at character 9 is never closed',
      'close it, or write a " that stands for itself inside the other kind of quotes',
    ],
    [
      "SET key it's",
      "unbalanced quotes: the ' at character 11 is never closed",
      "close it, or write a ' that stands for itself inside the other kind of quotes",
    ],
    [
      'SET key "ada"x',
      'unbalanced quotes: x follows the closing " at character 13',
      'put a space after the closing quote, or write a " inside as \\"',
    ],
    [
      'SET key "${{ x }}\\xff"',
      'the argument at character 9 mixes an expression with bytes that are not UTF-8',
      'build the argument from one of the two alone',
    ],
  ];

  test.each(REFUSED)('%s', (command, message, next) => {
    let error: unknown;
    try {
      splitCommand(command);
    } catch (raised) {
      error = raised;
    }
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error).toMatchObject({ message, details: { next } });
  });
});
