import { expect, test } from 'vitest';
import type { Path } from '../../src/contracts/result.js';
import { formatPath } from '../../src/format/path.js';

const table: readonly (readonly [path: Path, text: string])[] = [
  [[], ''],
  [['depth'], 'depth'],
  [['latency', 'p99'], 'latency.p99'],
  [['entries', 0, 'reason'], 'entries[0].reason'],
  [[1, 2], '[1][2]'],
  [['odd key'], '["odd key"]'],
  [['a', 'user:1', 'b'], 'a["user:1"].b'],
  [['a', '0'], 'a["0"]'],
  [['a', '', 'say "x"\n'], 'a[""]["say \\"x\\"\\n"]'],
  [['a', '$gt'], 'a.$gt'],
];
test.each(table)('%j', (path, text) => expect(formatPath(path)).toBe(text));
