import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { createRandom } from '../../src/engine/random.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import type { Report } from '../../src/reporters/json.schema.js';
import { folderWith, readReport, startRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';
import { ServerRoom } from '../targets/processes.js';

/**
 * A run that is interrupted at any moment leaves no process, no folder and no key, has run its teardown, and has told
 * of it. The moments are drawn from a seed; REDRILL_INTERRUPTS=50 tries that many.
 */
const INTERRUPTS = Number(process.env.REDRILL_INTERRUPTS ?? 12);
const LATEST_MS = 900;

const WAYS = ['SIGINT', 'SIGTERM', 'uncaught error', 'SIGKILL'] as const;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, 'uncaught error': 70, SIGKILL: null } as const;

const PLUGIN = `
export const later = {
  name: 'crash.later',
  input: { type: 'object', properties: { after: { type: 'string', 'x-quantity': 'duration' } }, required: ['after'] },
  result: { type: 'object' },
  async run({ after }) {
    setTimeout(() => { throw new Error('thrown by a timer of a plugin'); }, after);
    return {};
  },
};
`;

/** Cases that wait, write, read, listen, work and have servers of their own, each with something to take away. */
const scenarios = (crash: string): string => `name: writes
steps:
  - repeat: { for: 5s, concurrency: 4, steps: [{ command: "SET key:\${{ index }} 1", expect: OK }] }
teardown: &teardown
  - command: SET torn-down 1
    expect: OK
  - command: GET torn-down
    expect: "1"
---
name: waits
steps:
  - command: BLPOP never 0
    background: true
  - command: BLPOP never-either 0
    timeout: 1m
    expect: null
teardown: &teardown
  - command: SET torn-down 1
    expect: OK
---
name: listens
steps:
  - pubsub.subscribe: { channels: [news], subscribers: 3 }
    id: listeners
  - pubsub.publish: { channel: news, count: 100000, rate: 2000/s }
    expect: { published: 100000 }
teardown:
  - command: SET torn-down 1
    expect: OK
---
name: works
matrix: { backend: [list, stream, delayed] }
steps:
  - queue.push: { queue: jobs, backend: "\${{ matrix.backend }}", count: 100000, rate: 1000/s }
    background: true
  - queue.work: { queue: jobs, backend: "\${{ matrix.backend }}", workers: 3, handler: { takes: 2ms } }
    expect: { completed: 100000 }
teardown:
  - command: SET torn-down 1
    expect: OK
---
name: has a server of its own
server: own
matrix: { n: [1, 2] }
steps:
  - repeat: { for: 5s, steps: [{ command: INCR n }, { wait: 1ms }] }
    expect: { iterations: 1 }
teardown:
  - command: SET torn-down 1
    expect: OK
---
name: crashes, if at all
steps:
${crash}  - wait: 5s
  - command: PING
    expect: PONG
`;

let server: Target;
let redis: Connection;
beforeAll(async () => {
  server = await startTestServer();
  redis = await openConnection(parseRedisUrl(server.url), { name: 'interrupt.test' });
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface Interrupt {
  readonly number: number;
  readonly way: (typeof WAYS)[number];
  readonly target: 'managed' | 'url';
  readonly afterMs: number;
}

const interrupts: readonly Interrupt[] = Array.from({ length: INTERRUPTS }, (_, number) => ({
  number,
  way: WAYS[number % WAYS.length]!,
  target: Math.floor(number / WAYS.length) % 2 === 0 ? 'managed' : 'url',
  afterMs: createRandom(1).derive('interrupt', number).integer(0, LATEST_MS),
}));

async function interrupt({ way, target, afterMs }: Interrupt, room: ServerRoom) {
  const crash = way === 'uncaught error' ? `  - crash.later: { after: ${afterMs}ms }\n` : '';
  const cwd = folderWith({
    'redrill.config.yaml': 'plugins: [crash.mjs]\n',
    'crash.mjs': PLUGIN,
    'a.yaml': scenarios(crash),
  });
  const args = ['run', 'a.yaml', '--jobs', '16', '--report', 'json=report.json'];
  if (target === 'url') args.push('--url', server.url);
  const { child, finished } = startRedrill(args, { cwd, env: { TMPDIR: room.folder } });
  if (way !== 'uncaught error') {
    await sleep(afterMs);
    child.kill(way);
  }
  const { exitCode, stderr } = await finished;
  const report = path.join(cwd, 'report.json');
  // Killed, it may have been at it.
  const whole = way !== 'SIGKILL' && existsSync(report);
  return { exitCode, signal: child.signalCode, stderr, report: whole ? readReport(report) : undefined };
}

/** Each case that had begun was told of to its end, its teardown included. */
function expectWhole(report: Report, exitCode: number): void {
  expect(report.exitCode).toBe(exitCode);
  expect(report.reason).toMatch(/SIGINT|SIGTERM|bug/);
  for (const one of report.files.flatMap(({ cases }) => cases)) {
    expect(one.verdict, one.name).not.toBeNull();
    const teardown = one.steps.filter(({ section }) => section === 'teardown');
    const begun = one.steps.some(({ section }) => section === 'steps');
    if (begun && !one.name.startsWith('crashes')) expect(teardown.length, one.name).toBeGreaterThan(0);
    expect(teardown.map(({ verdict, failure }) => failure?.message ?? verdict)).toEqual(teardown.map(() => 'passed'));
  }
}

async function expectNothingLeft(): Promise<void> {
  const left = async (): Promise<unknown> => [
    ...((await redis.call(['KEYS', '*'])) as string[]),
    ...(String(await redis.call(['CLIENT', 'LIST'])).match(/name=redrill\S*/g) ?? []),
  ];
  await expect.poll(left, { timeout: 3_000 }).toEqual([]);
}

describe('a run that is interrupted', () => {
  test.each(interrupts)('$number: by $way after $afterMs ms, on a $target server', async (chosen) => {
    await using room = new ServerRoom();
    const { exitCode, signal, stderr, report } = await interrupt(chosen, room);
    await room.expectEmpty();
    if (chosen.way === 'SIGKILL') {
      await redis.call(['FLUSHALL']);
      return;
    }
    await expectNothingLeft();
    // Before it listens, a signal ends it at once: nothing has begun.
    if (signal !== null) return expect([signal, report]).toEqual([chosen.way, undefined]);
    expect(exitCode, stderr).toBe(EXIT_CODES[chosen.way]);
    expectWhole(report!, exitCode!);
  });

  test('twice ends at once', async () => {
    await using room = new ServerRoom();
    const cwd = folderWith({
      'a.yaml': `name: a
steps: [{ command: SET begun 1, expect: OK }, { wait: 20s }]
teardown: [{ wait: 20s }]
`,
    });
    const startedAt = performance.now();
    const { child, finished } = startRedrill(['run', 'a.yaml', '--report', 'ndjson'], {
      cwd,
      env: { TMPDIR: room.folder },
    });
    let seen = '';
    child.stdout?.on('data', (text: string) => {
      if (!seen.includes('"wait 20s"') && text.includes('"wait 20s"')) child.kill('SIGINT');
      if (text.includes('"section":"teardown"')) child.kill('SIGINT');
      seen += text;
    });
    expect((await finished).exitCode).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await room.expectEmpty();
  });
});
