import { expect } from 'vitest';
import type { KeyMode } from '../../../src/contracts/case.js';
import type { Connection } from '../../../src/contracts/redis.js';
import type { StepContext } from '../../../src/contracts/step.js';
import { ReplyError } from '../../../src/errors.js';
import { removeNamespace } from '../../../src/redis/cleanup.js';
import { createNamespace } from '../../../src/redis/namespace.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import type { BackendKind } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queueKeys } from '../../../src/steps/queue/keys.js';
import { DyingClient, type Fate, ProgramDied } from './dying.js';

/** One program after the other on one queue, `orders`, whose messages are handled by a push to the list `handled`. */
export interface Life {
  readonly backend: BackendKind;
  readonly keys?: KeyMode;
  /** What was before the program that dies. */
  before(context: StepContext): Promise<unknown>;
  /** What the program does that dies. */
  dying(context: StepContext, fate: Fate): Promise<unknown>;
  /** What finishes the work. Leases of the dead have ended. */
  after(context: StepContext): Promise<unknown>;
}

/** What is on the server once the second program has finished. */
export interface Remains {
  /** As `after 3`: the fourth command was the last. */
  readonly point: string;
  /** Commands that reached the server, before the heir came. */
  readonly sent: number;
  /** Whether there was such a command. */
  readonly struck: boolean;
  /** Ids, sorted. */
  readonly handled: readonly string[];
  readonly letters: readonly string[];
  readonly queue: { readonly ready: number; readonly delayed: number; readonly inFlight: number };
  /** All keys of the namespace, sorted. */
  readonly keys: readonly string[];
}

/** Lives it once unhurt, and once for each command that the program sends and each fate that this may meet. */
export async function liveEachCommand(life: Life, fates: readonly Fate[], context: StepContext): Promise<Remains[]> {
  const unhurt = await live(life, Number.POSITIVE_INFINITY, 'before', context);
  const points = Array.from({ length: unhurt.sent }, (_, at) => fates.map((fate) => live(life, at, fate, context)));
  return [unhurt, ...(await Promise.all(points.flat()))];
}

/** Each has several connections, and they spend most of their time waiting. */
const AT_ONCE = 50;
const waiting: (() => void)[] = [];
let living = 0;

let token = 0;

async function live(...one: Parameters<typeof liveNow>): Promise<Remains> {
  while (living >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  living++;
  try {
    return await liveNow(...one);
  } finally {
    living--;
    waiting.shift()?.();
  }
}

async function liveNow(life: Life, at: number, fate: Fate, context: StepContext): Promise<Remains> {
  const namespace = createNamespace({
    mode: life.keys ?? 'isolated',
    token: `${context.caseId}-${token++}`,
    ours: true,
  });
  const world = { ...context, namespace };
  const { client, redis } = await DyingClient.open(context.connections, at, fate);
  try {
    await life.before(program(world, 'push'));
    const { connections } = client;
    const ended = await life
      .dying(program(world, 'work', { redis, connections }), fate)
      .catch((error: unknown) => error);
    if (client.isDead) {
      expect(ended).toBeInstanceOf(ProgramDied);
      await client.end();
      await endLeases(life.backend, world);
      await life.after(program(world, 'heir'));
    } else if (ended instanceof Error) throw ended;
    const { sent, struck } = client;
    return { point: `${fate} ${at}`, sent, struck, ...(await remains(life.backend, world)) };
  } finally {
    await client.end();
    await removeNamespace(context.redis, namespace);
  }
}

/** A program of its own knows nothing of others but what is on the server. */
export function program(context: StepContext, stepName: string, more: Partial<StepContext> = {}): StepContext {
  const states = new Map<string, unknown>();
  return {
    ...context,
    stepName,
    caseState<T>(name: string, create: () => T): T {
      if (!states.has(name)) states.set(name, create());
      return states.get(name) as T; // made by the same area, under the same name
    },
    ...more,
  };
}

const END_ALL =
  "for _, lease in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[1], 0, lease) end";

/** As if all the time had passed for which deliveries belong to their consumers. */
export async function endLeases(backend: BackendKind, { redis, namespace }: StepContext): Promise<void> {
  const keys = queueKeys(namespace, 'orders');
  if (backend !== 'stream') return void (await redis.script(END_ALL, [keys.beside('leases')], []));
  for (const [id, consumer] of await pendingEntries(redis, keys.main)) {
    await redis.call(['XCLAIM', keys.main, 'workers', consumer, 0, id, 'IDLE', 3_600_000, 'JUSTID']);
  }
}

async function pendingEntries(redis: Connection, key: string): Promise<readonly (readonly [string, string])[]> {
  try {
    // Of each: id, consumer, idle time, deliveries.
    return (await redis.call(['XPENDING', key, 'workers', '-', '+', 1_000])) as unknown as [string, string][];
  } catch (error) {
    // It died before it made the group.
    if (error instanceof ReplyError && error.code === 'NOGROUP') return [];
    throw error;
  }
}

async function remains(
  backend: BackendKind,
  context: StepContext,
): Promise<Omit<Remains, 'point' | 'sent' | 'struck'>> {
  const { redis, namespace } = context;
  const look = program(context, 'look');
  const { ready, delayed, inFlight } = await queueInspect.run({ queue: 'orders', backend }, look);
  const { entries } = await dlqInspect.run({ queue: 'dead', limit: 1_000 }, look);
  const handled = await redis.call(['LRANGE', namespace.key('handled'), 0, -1]);
  const keys = await redis.call(['KEYS', `${namespace.prefix}*`]);
  return {
    handled: sorted(handled),
    letters: entries.map(({ id }) => id).sort(),
    queue: { ready, delayed, inFlight },
    keys: sorted(namespace.reply(keys)),
  };
}

const sorted = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String).sort() : []);
