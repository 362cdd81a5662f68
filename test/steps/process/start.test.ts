import { realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ProgramError, ScenarioError, TimeLimitError } from '../../../src/errors.js';
import { findFreePort } from '../../../src/targets/servers/ports.js';
import { folderWith } from '../../support/redrill.js';
import { targetOf } from '../context.js';
import { expression } from '../fields.js';
import { type StartInput, startProgram } from './inputs.js';

/** Waits, since a program takes its time. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });

describe('process.start', () => {
  test('goes on once the program was started', async () => {
    await using program = await startProgram('echo hello; exec sleep 60');
    const { pid } = program.first;
    expect(pid).toBeGreaterThan(1);
    expect(program.first).toMatchObject({ running: true, exitCode: null, signal: null, restarts: 0 });
    await soon(() => expect(program.snapshot().output).toBe('hello\n'));
    expect(await program.stop()).toEqual({
      pid,
      running: false,
      exitCode: null,
      signal: 'TERM',
      restarts: 0,
      output: 'hello\n',
    });
  });

  test('tells how a program ended by itself, which is no error', async () => {
    await using program = await startProgram('echo bye >&2; exit 7');
    await soon(() => expect(program.snapshot()).toMatchObject({ running: false, exitCode: 7, output: 'bye\n' }));
    expect(await program.stop()).toMatchObject({ running: false, exitCode: 7, signal: null });
  });

  test('gives it the folder of the scenario, its variables as text, and those of the configuration', async () => {
    const folder = folderWith({ 'app/own': '' });
    vi.stubEnv('OF_THE_RUNNER', 'secret');
    const env = { FROM_CONFIG: 'a', BOTH: 'config' };
    const input = { cwd: 'app', env: { NUMBER: 7, BOTH: 'step', FLAG: true } };
    const script = 'echo $PWD; echo "$FROM_CONFIG $BOTH $NUMBER $FLAG [$OF_THE_RUNNER]"';
    await using program = await startProgram(script, input, { folder, env });
    vi.unstubAllEnvs();
    await soon(() => expect(program.snapshot().output).toBe(`${realpathSync(folder)}/app\na step 7 true []\n`));
  });

  test('shows it the authority of the server, unless the configuration or the step has another', async () => {
    const target = { ...targetOf('rediss://localhost'), access: { tls: { ca: 'authority' } } };
    const script = 'cat $REDIS_TLS_CA; echo; echo $NODE_EXTRA_CA_CERTS; echo $SSL_CERT_FILE';
    const input: Partial<StartInput> = { env: { SSL_CERT_FILE: 'of the step' }, restart: 'always' };
    const env = { NODE_EXTRA_CA_CERTS: 'of the configuration' };
    await using program = await startProgram(script, input, { target, env });
    await soon(() => expect(program.snapshot().output).toMatch(/^(authority\n\*\*\*\nof the step\n){2}/));
  });

  test('finds a program beside the scenario', async () => {
    const folder = folderWith({ worker: '#!/bin/sh\necho "$@"\n' });
    const { chmodSync } = await import('node:fs');
    chmodSync(path.join(folder, 'worker'), 0o755);
    await using program = await startProgram('', { run: ['./worker', 'a b', 3] }, { folder });
    await soon(() => expect(program.snapshot().output).toBe('a b 3\n'));
  });

  test('redacts what it prints', async () => {
    const env = { TOKEN: 'sesame-open' };
    await using program = await startProgram('echo "the token is $TOKEN"', {}, { env });
    await soon(() => expect(program.snapshot().output).toBe('the token is ***\n'));
  });

  test('kills what ignores SIGTERM after the grace', async () => {
    const script = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    await using program = await startProgram(script, { grace: 100, ready: { output: '^up$' } });
    expect(await program.stop()).toMatchObject({ running: false, signal: 'KILL' });
  });

  test('starts it again until it is stopped', async () => {
    await using program = await startProgram('echo up; exit 1', { restart: 'always' });
    await soon(() => expect(program.snapshot().output).toMatch(/^(up\n){3}/));
    const { restarts } = await program.stop();
    expect(restarts).toBeGreaterThanOrEqual(2);
    expect(program.snapshot()).toMatchObject({ running: false, restarts });
  });

  test('stops one that runs after it was started again', async () => {
    const folder = folderWith();
    const script = '[ -e second ] && exec sleep 60; touch second; exit 1';
    await using program = await startProgram(script, { restart: 'always' }, { folder });
    await soon(() => expect(program.snapshot()).toMatchObject({ running: true, restarts: 1 }));
    expect(await program.stop()).toMatchObject({ running: false, restarts: 1, signal: 'TERM' });
  });
});

describe('a program is ready', () => {
  test('when a line of its output matches', async () => {
    const script = "echo starting; sleep 0.1; printf 'listening on 80' >&2; exec sleep 60";
    await using program = await startProgram(script, { ready: { output: '^listening on [0-9]+$' } });
    expect(program.first.output).toBe('starting\nlistening on 80');
  });

  test('when it listens on a port', async () => {
    const port = await findFreePort();
    const script = `setTimeout(() => require('node:net').createServer().listen(${port}, '127.0.0.1'), 100)`;
    await using program = await startProgram('', { run: [process.execPath, '-e', script], ready: { port } });
    expect(program.first.running).toBe(true);
  });

  test('when the server shows it', async () => {
    const seen: unknown[] = [];
    const when = expression(({ target }) => {
      seen.push(target);
      return seen.length === 3;
    });
    await using _ = await startProgram('exec sleep 60', { ready: { when } });
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatchObject({
      url: expect.any(String),
      info: { connected_clients: expect.any(Number), redis_mode: 'standalone' },
      clients: expect.arrayContaining([expect.objectContaining({ name: 'shared', db: 0, cmd: 'client|list' })]),
    });
  });
});

/** Message and advice of the error that a start raises. */
async function errorOf(script: string, input: Partial<StartInput>, limitMs = 5_000) {
  const controller = new AbortController();
  const strike = () => controller.abort(new TimeLimitError(`process.start took longer than ${limitMs}ms`));
  const timer = setTimeout(strike, limitMs);
  try {
    await using program = await startProgram(script, input, { signal: controller.signal, folder: '/' });
    throw new Error('it was started', { cause: program.first });
  } catch (error) {
    if (error instanceof ProgramError) return { code: error.code, message: error.message, next: error.next };
    if (error instanceof ScenarioError) return { message: error.message, next: error.details.next };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

describe('a program that cannot be used', () => {
  test('is not there', async () => {
    expect(await errorOf('', { run: ['no-such-program', '--fast'] })).toMatchInlineSnapshot(`
      {
        "message": "cannot start no-such-program --fast: no-such-program is not on PATH",
        "next": "install it, or skip the case without it: \`requires: { programs: [[no-such-program, --version]] }\`",
      }
    `);
    expect(await errorOf('', { run: ['./worker'], cwd: '/tmp' })).toMatchInlineSnapshot(`
      {
        "message": "cannot start ./worker: /tmp/worker is no executable file",
        "next": "correct \`run\` or \`cwd\`, or make it executable",
      }
    `);
  });

  test('has no folder', async () => {
    expect(await errorOf('', { cwd: 'no/such/folder' })).toMatchInlineSnapshot(`
      {
        "message": "there is no folder /no/such/folder to start sh -c "" in",
        "next": "correct \`cwd\`, which is relative to the scenario file's folder",
      }
    `);
  });

  test('ends before it is ready', async () => {
    const ready = { output: 'ready' };
    expect(await errorOf('echo one; echo two >&2; exit 3', { ready })).toMatchInlineSnapshot(`
      {
        "code": "PROGRAM",
        "message": "sh -c "echo one; echo two >&2; exit 3" ended with exit code 3 before it was ready
      the end of its output:
        one
        two",
        "next": "correct what it complains of: see \`run\`, \`cwd\`, \`env\`",
      }
    `);
    expect(await errorOf('kill -KILL $$', { ready })).toMatchInlineSnapshot(`
      {
        "code": "PROGRAM",
        "message": "sh -c "kill -KILL $$" was ended by KILL before it was ready; it printed nothing",
        "next": "correct what it complains of: see \`run\`, \`cwd\`, \`env\`",
      }
    `);
  });

  test('is never ready', async () => {
    expect(await errorOf('echo waiting; exec sleep 60', { ready: { output: '^ready$' } }, 300)).toMatchInlineSnapshot(`
      {
        "code": "TIMEOUT",
        "message": "sh -c "echo waiting; exec sleep 60" was not ready: no line of its output matched "^ready$" (process.start took longer than 300ms)
      the end of its output:
        waiting",
        "next": "see what it waits for; correct \`ready\`, or give it more time by \`timeout:\`",
      }
    `);
    expect((await errorOf('exec sleep 60', { ready: { port: 1 } }, 200)).message).toMatchInlineSnapshot(
      `"sh -c "exec sleep 60" was not ready: nothing listened on 127.0.0.1:1 (process.start took longer than 200ms); it printed nothing"`,
    );
    const when = expression(() => false);
    expect((await errorOf('exec sleep 60', { ready: { when } }, 200)).message).toMatchInlineSnapshot(
      `"sh -c "exec sleep 60" was not ready: () => false was never true (process.start took longer than 200ms); it printed nothing"`,
    );
  });

  test('has a condition that can never hold, or held before', async () => {
    expect(await errorOf('', { ready: { output: '(' } })).toMatchInlineSnapshot(`
      {
        "message": "\`ready.output\`: "(" is not a pattern: missing closing ): \`(\`",
        "next": "write it in RE2's syntax",
      }
    `);
    const when = expression(() => 'yes');
    expect((await errorOf('exec sleep 60', { ready: { when } })).message).toMatchInlineSnapshot(
      `"\`ready.when\` must be true or false, and () => "yes" is "yes""`,
    );
    const { createServer } = await import('node:net');
    await using server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number }; // of TCP
    const { message = '', next } = await errorOf('', { ready: { port } });
    expect([message.replace(String(port), 'PORT'), next]).toMatchInlineSnapshot(`
      [
        "\`ready.port\`: something listens on 127.0.0.1:PORT before the program was started",
        "end what listens there, or let the program listen on another port",
      ]
    `);
  });
});
