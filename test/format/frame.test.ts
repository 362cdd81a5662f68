import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/contracts/result.js';
import { renderFrame } from '../../src/format/frame.js';

function frame(lines: readonly string[], place: Partial<Frame>): Frame {
  const { line = 1, column = 1 } = place;
  return { file: 'a.yaml', line, column, endLine: line, endColumn: column + 1, startLine: 1, lines, ...place };
}
const plain = (lines: readonly string[], place: Partial<Frame>, message?: string) =>
  renderFrame(frame(lines, place), { color: false, ...(message !== undefined && { message }) });

describe('renderFrame', () => {
  it('marks the line and underlines the range', () => {
    const lines = ['  - dlq.inspect: { queue: orders }', '    expect:', '      depth: 12', ''];
    expect(plain(lines, { startLine: 8, line: 10, column: 14, endLine: 10, endColumn: 16 })).toMatchInlineSnapshot(`
      "   8 |   - dlq.inspect: { queue: orders }
         9 |     expect:
      > 10 |       depth: 12
           |              ^^
        11 |"
    `);
  });

  it('puts a message behind the caret', () => {
    expect(plain(['a: 1', 'b: 2'], { line: 2, column: 1 }, 'unknown key')).toMatchInlineSnapshot(`
      "  1 | a: 1
      > 2 | b: 2
          | ^ unknown key"
    `);
  });

  it('marks every line of a range, and underlines the first to its end', () => {
    const lines = ['steps:', '  - command: [', '      GET,', '      a', '    ]'];
    expect(plain(lines, { line: 2, column: 5, endLine: 5, endColumn: 6 })).toMatchInlineSnapshot(`
      "  1 | steps:
      > 2 |   - command: [
          |     ^^^^^^^^^^
      > 3 |       GET,
      > 4 |       a
      > 5 |     ]"
    `);
  });

  it('does not mark a line that the range only ends before', () => {
    expect(plain(['a:', '  b: 1', 'c: 2'], { line: 1, column: 1, endLine: 3, endColumn: 1 })).toMatchInlineSnapshot(`
      "> 1 | a:
          | ^^
      > 2 |   b: 1
        3 | c: 2"
    `);
  });

  it('shows a caret for an empty range, and one behind the last line', () => {
    expect(plain(['a: '], { column: 4, endColumn: 4 })).toMatchInlineSnapshot(`
      "> 1 | a:
          |    ^"
    `);
    expect(plain([], { line: 1 })).toBe('');
  });

  it('keeps the caret in its column after tabs, wide characters and control characters', () => {
    expect(plain(['\ta: x'], { column: 5, endColumn: 6 })).toMatchInlineSnapshot(`
      "> 1 |   a: x
          |      ^"
    `);
    expect(plain(['名前🙂: x'], { column: 7, endColumn: 8 })).toMatchInlineSnapshot(`
      "> 1 | 名前🙂: x
          |         ^"
    `);
    expect(plain(['a: "\u001b[31m"'], { column: 4, endColumn: 11 })).toMatchInlineSnapshot(`
      "> 1 | a: "\\u001b[31m"
          |    ^^^^^^^^^^^^"
    `);
  });

  it('cuts long lines around the caret', () => {
    const long = `${'word '.repeat(60)}HERE${' more'.repeat(60)}`;
    expect(plain(['short', long], { line: 2, column: 301, endColumn: 305 })).toMatchInlineSnapshot(`
      "  1 |
      > 2 | …word word word word word word word word HERE more more more more more more more more more more more …
          |                                          ^^^^"
    `);
    expect(plain([long], { line: 1, column: 6, endColumn: 10 })).toMatchInlineSnapshot(`
      "> 1 | word word word word word word word word word word word word word word word word word word word word …
          |      ^^^^"
    `);
    expect(plain(['x'.repeat(1_000_000)], { line: 1, column: 1, endColumn: 1_000_000 }).length).toBeLessThan(400);
  });

  it('colours the gutter and the marks when asked to', () => {
    const text = renderFrame(frame(['a: 1'], { column: 4, endColumn: 5 }), { color: true, message: 'no' });
    expect(JSON.stringify(text)).toMatchInlineSnapshot(
      `""\\u001b[31m>\\u001b[39m \\u001b[90m1 |\\u001b[39m a: 1\\n  \\u001b[90m  |\\u001b[39m    \\u001b[31m^ no\\u001b[39m""`,
    );
  });
});
