import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import type { TestContext } from '../context.js';
import { constant, deferred } from '../fields.js';
import { openOwnServer } from '../queue/own-server.js';

let own: TestContext;
beforeAll(async () => {
  own = await openOwnServer();
});
afterAll(async () => await own[Symbol.asyncDispose]());

const entriesOf = async (stream: string) =>
  (await own.context.redis.call(['XRANGE', own.context.namespace.key(stream), '-', '+'])) as [string, string[]][]; // its documented shape
const eventsOf = (stream: string) => [...own.recorder.events()].filter(({ target }) => target === stream);

describe('many entries', () => {
  test('are added in their order, each recorded by its id', async () => {
    const stream = randomUUID();
    const fields = deferred(({ index }) => ({ user: `ü${index}`, even: Number(index) % 2 === 0 }));
    const { ids, length } = await streamAdd.run({ stream, fields, count: 3_000 }, own.context);
    expect(length).toBe(3_000);
    const entries = await entriesOf(stream);
    expect(entries.map(([id]) => id)).toEqual(ids);
    expect(entries[2_999]![1]).toEqual(['user', 'ü2999', 'even', 'false']);
    const events = eventsOf(stream);
    expect(events).toHaveLength(6_000);
    const taken = events.filter(({ phase }) => phase === 'ok');
    expect(taken.map(({ message, entryId }) => [message, entryId])).toEqual(ids.map((id) => [id, id]));
    expect(events[0]).toMatchObject({ phase: 'invoke', body: '{"user":"ü0","even":"true"}' });
    expect(events[0]!.time).toBeLessThanOrEqual(events[1]!.time);
  });

  test('may have fields of different names, and be trimmed', async () => {
    const stream = randomUUID();
    const fields = deferred(({ index }): Record<string, number> => (Number(index) % 2 ? { a: 1, b: 2 } : { c: 3 }));
    const { length } = await streamAdd.run({ stream, fields, count: 2_000, maxLength: 10 }, own.context);
    expect(length).toBe(10);
    const [even, odd] = (await entriesOf(stream)).slice(-2);
    expect([even![1], odd![1]]).toEqual([
      ['c', '3'],
      ['a', '1', 'b', '2'],
    ]);
  });
});

describe('what goes wrong', () => {
  test('a refusal ends it, and is raised', async () => {
    const stream = randomUUID();
    await own.context.redis.call(['SET', own.context.namespace.key(stream), 'text']);
    const adding = streamAdd.run({ stream, count: 100_000 }, own.context);
    await expect(adding).rejects.toMatchObject({ name: 'ReplyError', code: 'WRONGTYPE' });
    const events = eventsOf(stream);
    expect(events.length).toBeLessThan(10_000);
    expect(new Set(events.map(({ phase }) => phase))).toEqual(new Set(['invoke', 'fail']));
  });

  test('a connection that breaks leaves entries unknown, and is raised', async () => {
    const stream = randomUUID();
    const fields = constant({ a: 'b' });
    await own.context.redis.call(['CLIENT', 'PAUSE', 60_000, 'WRITE']);
    const adding = streamAdd.run({ stream, fields, count: 2_000 }, own.context).then(
      () => undefined,
      (error: unknown) => error,
    );
    const sender = async () => {
      const list = String(await own.context.redis.call(['CLIENT', 'LIST']));
      return /^id=(\d+) .* name=redrill:\S*:step .* cmd=xadd/m.exec(list)?.[1];
    };
    await expect.poll(sender, { timeout: 20_000 }).toBeDefined();
    await own.context.redis.call(['CLIENT', 'KILL', 'ID', (await sender())!]);
    await own.context.redis.call(['CLIENT', 'UNPAUSE']);
    expect(await adding).toMatchObject({
      name: 'OutcomeUnknown',
      code: 'CONNECTION',
      message: 'the connection broke before XADD was answered: the server closed the connection',
      sent: true,
    });
    const phases = eventsOf(stream).map(({ phase }) => phase);
    expect(phases.filter((phase) => phase === 'info').length).toBe(256);
  });
});
