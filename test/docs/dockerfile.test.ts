import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { getContainerRuntimeClient } from 'testcontainers';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { imageName, makeBase, noDocker } from '../support/docker.js';
import { folderWith } from '../support/redrill.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;
const text = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
const [base, image] = [imageName(), imageName()];

test('the Dockerfile copies nothing that .dockerignore keeps back', () => {
  const ignored = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');
  const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = [...text.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));
  expect(ignored[0]).toBe('*');
  expect([...new Set(copied.map((source) => source.split('/')[0]))].sort()).toEqual(allowed.sort());
});

describe('the image of the Dockerfile', { timeout: TIMEOUT_MS }, () => {
  const opened: AsyncDisposable[] = [];
  const dockerOf = async () => (await getContainerRuntimeClient()).container.dockerode;
  beforeAll(async () => {
    if (noDocker !== undefined) return;
    opened.push(await makeBase(base, 'node', 'sh', 'env', 'ln', 'chmod', 'mkdir', 'rm'));
    const docker = await dockerOf();
    const stream = await docker.buildImage(Readable.from([context()]), {
      t: image,
      buildargs: { BASE: base },
      networkmode: 'none',
    });
    const steps = await new Promise<readonly { readonly error?: string }[]>((resolve, reject) => {
      docker.modem.followProgress(stream, (error, output) => (error ? reject(error) : resolve(output)));
    });
    expect(steps.flatMap(({ error }) => error ?? [])).toEqual([]);
    opened.push({ [Symbol.asyncDispose]: () => docker.getImage(image).remove({ force: true }) });
  }, TIMEOUT_MS);
  afterAll(async () => {
    for (const each of opened.reverse()) await each[Symbol.asyncDispose]();
  });
  beforeEach(({ skip }) => skip(noDocker !== undefined, noDocker));

  /** The program is that of this test run, in the place of dist/. */
  const context = (): Buffer => {
    const folder = folderWith({ Dockerfile: text }, (remove) =>
      opened.push({ [Symbol.asyncDispose]: async () => remove() }),
    );
    mkdirSync(`${folder}/dist`);
    copyFileSync(path.join(ROOT, 'LICENSE'), `${folder}/LICENSE`);
    for (const name of ['bin.cjs', 'redrill.cjs', 'rare.cjs', 'THIRD-PARTY-LICENSES.txt'])
      copyFileSync(path.join(path.dirname(inject('program')), name), `${folder}/dist/${name}`);
    return execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 2 ** 26 });
  };

  const projectWith = (scenario: string): string => {
    const folder = folderWith({ 'scenarios/one.yaml': scenario });
    chmodSync(folder, 0o777); // the user inside is another than that of the test
    return folder;
  };

  const start = async (folder: string, { user = '', command = ['run'] } = {}) => {
    const container = await (await dockerOf()).createContainer({
      Image: image,
      Cmd: command,
      User: user,
      HostConfig: { Binds: [`${folder}:/work`], NetworkMode: 'none', ReadonlyRootfs: true, Tmpfs: { '/tmp': '' } },
    });
    onTestFinished(() => container.remove({ force: true }));
    await container.start();
    const log = async () => String(await container.logs({ stdout: true, stderr: true }));
    return { container, log };
  };

  const SCENARIO = 'name: Answers\nsteps:\n  - { command: PING, expect: PONG }\n';

  test.each([
    ['', 1000],
    ['4321:4321', 4321],
  ])('runs scenarios on a server of its own, as user "%s"', async (user, owner) => {
    const folder = projectWith(SCENARIO);
    const { container, log } = await start(folder, { user, command: ['run', '--report', 'junit=junit.xml'] });
    const { StatusCode: code } = await container.wait();
    expect([code, await log()]).toEqual([0, expect.stringContaining('(managed)')]);
    expect(statSync(`${folder}/junit.xml`).uid).toBe(owner);
    expect((await container.inspect()).Config.User).toBe(user || '1000:1000');
  });

  test('ends with its reports when it is stopped', async () => {
    const folder = projectWith('name: Waits\nsteps: [{ command: PING, expect: PONG }, { wait: 1m }]\n');
    const { container, log } = await start(folder, { command: ['run', '--report', 'ndjson=events.ndjson'] });
    const file = `${folder}/events.ndjson`;
    const events = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await expect.poll(events, { timeout: 60_000 }).toContain('"step.finished"');
    await container.stop({ t: 60 });
    const { StatusCode: code } = await container.wait();
    expect([code, await log()]).toEqual([143, expect.stringContaining('SIGTERM')]);
    expect(events()).toContain('"run.finished"');
  });
});
