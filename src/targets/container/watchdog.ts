import { spawn } from 'node:child_process';

/** How Docker is reached, of which the types of its client say nothing. */
export interface Connection {
  readonly protocol?: string;
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** A process that removes the containers with a label when ours has ended, in whatever way. */
export interface Watchdog {
  /** There is nothing left to remove. */
  dismiss(): void;
  /** Lets it remove what there is. */
  finish(): void;
}

/** What our process asked of Docker just before its end may be done only afterwards. */
const LINGER_MS = 5_000;
/** A busy Docker may take its time; one that is gone has no containers. */
const LIMIT_MS = 60_000;

/** By Docker's API alone, since its command need not be here. */
const SCRIPT = `
const { protocol, label, ...options } = JSON.parse(process.env.REDRILL_WATCHDOG);
const { request } = require(protocol === 'https' ? 'node:https' : 'node:http');
for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(name, () => {});
const call = (method, path) =>
  new Promise((resolve) => {
    const asked = request({ ...options, method, path, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)).on('error', () => resolve(''));
    });
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve('')).end();
  });
const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
async function sweep() {
  const text = await call('GET', '/containers/json?all=1&filters=' + filters);
  const found = text.startsWith('[') ? JSON.parse(text) : [];
  await Promise.all(found.map(({ Id }) => call('DELETE', '/containers/' + Id + '?force=1&v=1')));
  return found.length;
}
process.stdin.resume().on('error', () => {}).on('close', async () => {
  const begin = performance.now();
  for (let passed = 0, found = 0; passed < ${LINGER_MS} || (found > 0 && passed < ${LIMIT_MS}); ) {
    found = await sweep();
    await new Promise((resolve) => setTimeout(resolve, 100));
    passed = performance.now() - begin;
  }
});
`;

export function startWatchdog(connection: Connection, label: string): Watchdog {
  const { protocol, socketPath, host, port, ca, cert, key } = connection;
  const place = socketPath === undefined ? { host, port } : { socketPath };
  const tls = Object.fromEntries(Object.entries({ ca, cert, key }).map(([name, text]) => [name, text?.toString()]));
  const dog = spawn(process.execPath, ['-e', SCRIPT, 'redrill-watchdog', `${process.pid}`], {
    // A session of its own, so that Ctrl-C leaves it to its work.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, REDRILL_WATCHDOG: JSON.stringify({ protocol, label, ...place, ...tls }) },
  });
  dog.on('error', () => {}); // Ryuk is there as well
  dog.stdin.on('error', () => {});
  dog.unref();
  return { dismiss: () => void dog.kill('SIGKILL'), finish: () => void dog.stdin.destroy() };
}
