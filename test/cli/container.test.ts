import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { containersOf, imageName, makeImages, noDocker } from '../support/docker.js';
import { type Finished, folderWith, type RedrillOptions, runRedrill, startRedrill } from '../support/redrill.js';

const SCENARIO = 'name: a\nsteps: [{ cache.set: { key: a, value: 1 }, expect: { stored: true } }]\n';

/** In a project that has Testcontainers installed. */
function project(files: Readonly<Record<string, string>> = {}): string {
  const cwd = folderWith({ 'a.yaml': SCENARIO, ...files });
  symlinkSync(path.resolve(import.meta.dirname, '../../node_modules'), path.join(cwd, 'node_modules'));
  return cwd;
}

async function run(container: object, env: RedrillOptions['env'] = {}): Promise<Finished> {
  const cwd = project({ 'redrill.config.yaml': JSON.stringify({ targets: { ci: { container } } }) });
  return await runRedrill(['run', 'a.yaml', '--target', 'ci'], { cwd, env });
}

const failed = (message: string, next: string) => ({ exitCode: 4, stderr: `redrill: ${message}\n  ${next}\n` });

test('without Testcontainers', async () => {
  const cwd = folderWith({ 'a.yaml': SCENARIO });
  expect(await runRedrill(['run', 'a.yaml', '--target', 'container:redis:7'], { cwd })).toMatchObject(
    failed('testcontainers, by which containers are run, is not installed', 'npm install --save-dev testcontainers@11'),
  );
});

test('with Testcontainers that cannot be loaded', async () => {
  const cwd = folderWith({ 'a.yaml': SCENARIO, 'node_modules/testcontainers/index.js': 'throw new Error("too old")' });
  expect((await runRedrill(['run', 'a.yaml', '--target', 'container:redis:7'], { cwd })).stderr).toBe(
    'redrill: testcontainers, by which containers are run, cannot be loaded: too old\n  npm install --save-dev testcontainers@11\n',
  );
});

test('where Docker takes the connection and says nothing, it does not hang', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const host = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  expect(await run({ image: 'redis:7' }, { DOCKER_HOST: host })).toMatchObject(
    failed(`Docker at ${host} (DOCKER_HOST) did not answer within 10s`, 'restart Docker, and try `docker version`'),
  );
});

test('with fields that do not go together', async () => {
  const { exitCode, stderr } = await run({ image: 'redis:7', shards: 3 });
  expect(exitCode).toBe(3);
  expect(stderr).toContain('container: topology standalone has no `shards`');
});

test('with a field that there is not', async () => {
  const { exitCode, stderr } = await run({ image: 'redis:7', imagePull: 'never' });
  expect([exitCode, stderr.includes('imagePull')]).toEqual([3, true]);
});

test('by its name in the configuration, or as container:IMAGE', async () => {
  const cwd = folderWith({ 'redrill.config.yaml': 'targets: { ci: { container: { image: "redis:7" } } }' });
  expect((await runRedrill(['targets'], { cwd })).stdout).toBe(
    'target   kind       address\n' +
      'managed  managed    started for each run  default\n' +
      'ci       container  started for each run\n',
  );
  expect((await runRedrill(['targets', 'container:redis:7'], { cwd })).stdout).toContain(
    'container  started for each run',
  );
});

describe('in Docker', { timeout: 120_000 }, () => {
  const image = imageName();
  let images: AsyncDisposable;
  beforeAll(async () => {
    if (noDocker === undefined) images = await makeImages(image);
  });
  afterAll(() => images?.[Symbol.asyncDispose]());
  afterEach(async () => {
    if (noDocker === undefined) expect(await containersOf(image)).toEqual([]);
  });
  const inDocker = (name: string, body: () => Promise<void>): void =>
    test(name, async ({ skip }) => {
      if (noDocker !== undefined) skip(noDocker);
      await body();
    });

  inDocker('runs scenarios', async () => {
    const finished = await runRedrill(['run', 'a.yaml', '--target', `container:${image}+replicas+tls`], {
      cwd: project(),
    });
    expect([finished.exitCode, finished.stderr]).toEqual([0, '']);
  });

  inDocker('tells what can be done', async () => {
    const args = ['targets', `container:${image}+cluster`, '--capabilities', '--json'];
    const { stdout } = await runRedrill(args, { cwd: project() });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'container',
      ours: true,
      serverOfItsOwn: true,
      capabilities: ['configure', 'pause', 'kill', 'restart', 'failover'],
      nodes: [1, 2, 3].flatMap((shard) => [`shard-${shard}-primary`, `shard-${shard}-replica-1`]),
    });
  });

  inDocker('an image that cannot be pulled', async () => {
    // Nobody listens there, so that Docker knows at once.
    const name = '127.0.0.1:1/no/redis:7';
    const { exitCode, stderr } = await run({ image: name });
    expect(exitCode).toBe(4);
    const [pulling, message, next, end] = stderr.split('\n');
    expect(pulling).toBe(`Pulling the image ${name} for Docker.`);
    expect(message).toMatch(
      /^redrill: Docker cannot pull the image 127\.0\.0\.1:1\/no\/redis:7: .*connection refused$/,
    );
    expect([next, end]).toEqual([
      `  see whether \`docker pull ${name}\` reaches the registry from here; behind a proxy, Docker's daemon has to know it`,
      '',
    ]);
  });

  inDocker('a pull that is interrupted', async () => {
    const registry = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void registry.close());
    const address = registry.address();
    const name = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}/redis:7`;
    const { child, finished } = startRedrill(['run', 'a.yaml', '--target', `container:${name}`], { cwd: project() });
    const [connection] = (await once(registry, 'connection')) as [Socket];
    onTestFinished(() => void connection.destroy());
    child.kill('SIGINT');
    expect((await finished).exitCode).toBe(130);
  });

  inDocker('an image whose name comes from the environment', async () => {
    const config = `env: [TAG]\ntargets: { ci: { container: { image: "${image.split(':')[0]}:\${{ env.TAG }}" } } }`;
    const cwd = project({ 'redrill.config.yaml': config });
    expect((await runRedrill(['run', 'a.yaml', '--target', 'ci'], { cwd, env: { TAG: 'server' } })).exitCode).toBe(0);
  });

  inDocker('an image that may not be pulled', async () => {
    const name = imageName();
    expect(await run({ image: name, pull: 'never' })).toMatchObject(
      failed(
        `Docker has no image ${name}, and \`pull: never\` forbids to pull it`,
        `docker pull ${name}, or leave \`pull\` out`,
      ),
    );
  });

  inDocker('a container that ends at once', async () => {
    const { exitCode, stderr } = await run({ image, config: { maxmemory: 'plenty' } });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^redrill: \S+ ended before it answered on 127\.0\.0\.1:\d+; it logged:\n/);
    expect(stderr).toContain("  >>> 'maxmemory plenty'\n");
    expect(stderr).toMatch(/\n {2}correct `config` or `acl` of the target: the server refuses its configuration\n$/);
  });

  inDocker('a program that the image does not have', async () => {
    const { exitCode, stderr } = await run({ image, command: 'keydb-server', topology: 'cluster' });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/ended before it answered on 127\.0\.0\.1:\d+; it logged:\n {2}.*keydb-server.* not found/);
    expect(stderr).toContain(
      `\n  see whether \`docker run --rm ${image} keydb-server --version\` tells a version; \`command\` names the server's program, and \`startTimeout\` says how long to wait\n`,
    );
  });

  inDocker('a server that does not answer in time', async () => {
    const { exitCode, stderr } = await run({ image, startTimeout: '1ms' });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^redrill: \S+ did not answer within 0\.001s on 127\.0\.0\.1:\d+; it logged:\n/);
  });
});
