import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type { Target } from '../../src/contracts/target.js';
import { addressOf, type RedisAddress } from '../../src/redis/url.js';
import { mixOf } from '../../src/wire/command/mix.js';
import { CommandTemplate, type TemplateArgument } from '../../src/wire/command/template.js';
import type { Run } from '../../src/wire/run.js';
import { Wire, type WireOptions } from '../../src/wire/wire.js';

export const now = (): number => performance.now();

/** Commands of equal weight; in each the first argument is the key. */
export function mixOfCommands(...commands: readonly (readonly TemplateArgument[])[]) {
  return mixOf(
    commands.map((args) => ({ template: new CommandTemplate(args, args.length > 1 ? 1 : undefined), weight: 1 })),
    1,
  );
}

export function openWire(target: Target | RedisAddress, options: Partial<WireOptions> = {}): Promise<Wire> {
  const address = 'kind' in target && 'username' in target ? target : addressOf(target as Target); // an address has a login, a target has none
  return Wire.open(address, { name: 'load', clients: 5, pipeline: 4, now, ...options });
}

/** Waits for the end, and gives what is told of it. */
export async function outcomeOf(run: Run) {
  await run.finished;
  const { tally, failure, unsent } = run;
  const [operations, errors, nulls, unknown] = (['operations', 'errors', 'nulls', 'unknown'] as const).map((count) =>
    tally.sum(count),
  );
  return { operations, errors, nulls, unknown, unsent, failure, tally };
}

/** A connection to look at a server with; its commands are among the server's statistics. */
export function openAdmin(target: Target): Redis {
  return new Redis(target.url, {
    retryStrategy: () => null,
    ...(target.access?.tls && { tls: { ca: target.access.tls.ca } }),
  });
}

/** Calls by command since the last CONFIG RESETSTAT, and those that failed or were rejected. */
export async function commandStats(
  admin: Redis,
): Promise<Record<string, { calls: number; failed: number; rejected: number }>> {
  const text = await admin.info('commandstats');
  const lines = text.matchAll(/cmdstat_(\S+?):calls=(\d+),.*?rejected_calls=(\d+),failed_calls=(\d+)/g);
  return Object.fromEntries(
    [...lines].map(([, name, calls, rejected, failed]) => [
      name!,
      { calls: Number(calls), failed: Number(failed), rejected: Number(rejected) },
    ]),
  );
}

/** Hands on what comes to the port or the socket, but what `answer` has an answer for. */
export async function relayTo(
  target: Target,
  listenAt: number | string,
  answer: (data: Buffer) => string | undefined = () => undefined,
): Promise<Server & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(new URL(target.url).port), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
      socket.on('data', (data) => {
        const own = answer(data);
        if (own === undefined) other.write(data);
        else socket.write(own);
      });
    }
  });
  await once(
    typeof listenAt === 'number' ? server.listen(listenAt, '127.0.0.1') : server.listen(listenAt),
    'listening',
  );
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}
