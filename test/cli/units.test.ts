import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

const SCENARIO = `name: quantities
steps:
  - cache.set: { key: a, value: 1, ttl: 60s }
  - cache.get: { key: a }
    expect: { ttl: { $not: { $lt: 2m } }, value: { $gt: 1 } }
---
name: rates
steps:
  - load: { mix: [{ command: PING }], count: 100, clients: 1 }
    expect: { throughput: 1/s, latency: { max: { $lt: 0ms } }, errorRate: { $gt: 1% } }
---
name: steps that give no quantity
steps:
  - { command: INCR a, expect: { $gt: 5 } }
`;

test('numbers of a mismatch have the unit of the result', async () => {
  await using server = await startTestServer();
  const cwd = folderWith({ 'a.yaml': SCENARIO });
  const { exitCode, stdout } = await runRedrill(
    ['run', 'a.yaml', '--url', server.url, '--jobs', '1', '--report', 'pretty', '--report', 'html=a.html'],
    { cwd },
  );
  expect(exitCode).toBe(1);
  const sides = stdout.split('\n').flatMap((line) => /│ +((?:expected|actual) .*)/.exec(line)?.[1] ?? []);
  expect(sides.map((side) => side.replace(/\d+(?:\.\d+)?/, 'N'))).toMatchInlineSnapshot(`
    [
      "expected  a value that does not match { $lt: N }",
      "actual    N ms",
      "expected  greater than N",
      "actual    N",
      "expected  N/s",
      "actual    N/s",
      "expected  less than N ms",
      "actual    N ms",
      "expected  greater than N",
      "actual    N",
      "expected  greater than N",
      "actual    N",
    ]
  `);
  expect(readFileSync(path.join(cwd, 'a.html'), 'utf8')).toMatch(/<code>\d+ ms<\/code>/);
});
