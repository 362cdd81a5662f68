import type { Static } from 'typebox';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Argument } from '../../../src/contracts/redis.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { verifyQueue } from '../../../src/steps/verify/queue.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';

/** What another program would do with the queue, by the commands that it would use. */
let opened: TestContext;

beforeEach(async () => {
  const context = await openTestContext();
  opened = context;
  return async () => await context[Symbol.asyncDispose]();
});

const bodyOf = (name: (body: unknown) => unknown) =>
  expression(({ message }) => name((message as { body: unknown }).body));

type Input = Static<typeof verifyQueue.input>;

const key = (name: string) => opened.context.namespace.key(name);
const send = (...command: Argument[]) => opened.context.redis.call(command);

async function push(input: object): Promise<void> {
  const defaults = { queue: 'jobs', backend: 'list', envelope: 'none', producers: 1 } as const;
  await queuePush.run({ ...defaults, ...input } as Static<typeof queuePush.input>, opened.context);
}

async function verify(input: Partial<Input> = {}) {
  const asked = { queue: 'jobs', ...input } as Input;
  const result = await verifyQueue.run(asked, opened.context);
  return { ...result, judgement: verifyQueue.judge?.(result, asked, false) };
}

/** The program takes the next message out of the list. */
const take = () => send('RPOP', key('jobs'));

describe('a list worked on by RPOP, with a note of what is done', () => {
  const noted = { completed: 'done', guarantee: 'at-least-once' } as const;
  const work = async () => send('SADD', key('done'), String(await take()));

  test('passes when each message is noted', async () => {
    await push({ messages: ['a', 'b', 'c'].map((body) => constant(body)) });
    for (let i = 0; i < 3; i++) await work();
    expect(await verify(noted)).toMatchObject({
      attempted: 3,
      acknowledged: 3,
      completed: 3,
      gone: 0,
      lost: 0,
      judgement: { verdict: 'passed' },
    });
  });

  test('names what is nowhere', async () => {
    await push({ messages: ['a', 'b', 'c'].map((body) => constant(body)), identity: bodyOf((body) => body) });
    await work();
    await take();
    await work();
    expect(await verify(noted)).toMatchObject({
      lost: 1,
      examples: { lost: ['b'] },
      judgement: {
        verdict: 'failed',
        message: 'at-least-once does not hold: 1 of 3 acknowledged messages lost: b',
      },
    });
  });

  test('is unknown while something is queued', async () => {
    await push({ messages: ['a', 'b'].map((body) => constant(body)) });
    await work();
    expect(await verify(noted)).toMatchObject({
      queued: 1,
      completed: 1,
      judgement: {
        verdict: 'unknown',
        message: 'at-least-once is not proven: the queue is not drained: 1 queued, 0 in flight',
      },
    });
  });

  test('is unknown before anything was pushed', async () => {
    expect(await verify(noted)).toMatchObject({
      judgement: { verdict: 'unknown', message: 'at-least-once is not proven: no message was acknowledged' },
    });
  });

  test('finds what nobody pushed', async () => {
    await push({ messages: ['a'].map((body) => constant(body)) });
    await work();
    await send('SADD', key('done'), 'z');
    expect(await verify(noted)).toMatchObject({
      unexpected: 1,
      judgement: {
        verdict: 'failed',
        message: 'at-least-once does not hold: 1 message found that nobody pushed: z',
      },
    });
  });

  test('a note by what `identity` gives stands for the message', async () => {
    await push({
      count: 3,
      message: deferred(({ index }) => ({ order: index })),
      identity: bodyOf((body) => (body as { order: number }).order),
    });
    for (let i = 0; i < 3; i++) {
      const { order } = JSON.parse(String(await take()));
      await send('HSET', key('done'), String(order), 'ok');
    }
    expect(await verify(noted)).toMatchObject({ completed: 3, lost: 0, judgement: { verdict: 'passed' } });
  });

  test('equal payloads are a multiset, and the verdict says so', async () => {
    await push({ messages: ['same', 'same', 'other'].map((body) => constant(body)) });
    for (let i = 0; i < 3; i++) await send('RPUSH', key('done'), String(await take()));
    const { judgement, lost, reasons } = await verify(noted);
    expect({ judgement, lost, reasons }).toEqual({
      judgement: { verdict: 'passed' },
      lost: 0,
      reasons: ['2 messages have a payload that another has too, and no identity: they are counted as a multiset'],
    });
  });

  test('a list of notes shows what was done twice', async () => {
    await push({ messages: ['a', 'b'].map((body) => constant(body)) });
    for (let i = 0; i < 2; i++) await send('RPUSH', key('done'), String(await take()));
    await send('RPUSH', key('done'), 'a');
    expect(await verify({ completed: 'done', guarantee: 'exactly-once-effect' })).toMatchObject({
      duplicated: 1,
      judgement: { verdict: 'failed' },
    });
  });

  test.each([
    ['set', ['SADD']],
    ['sorted set', ['ZADD', '1']],
  ])('a %s of notes does not', async (_, [command, ...score]) => {
    await push({ messages: ['a', 'b'].map((body) => constant(body)) });
    for (let i = 0; i < 2; i++) await send(command!, key('done'), ...score, String(await take()));
    expect(await verify(noted)).toMatchObject({ judgement: { verdict: 'passed' } });
    expect(await verify({ completed: 'done', guarantee: 'exactly-once-effect' })).toMatchObject({
      judgement: {
        verdict: 'unknown',
        message: 'exactly-once-effect is not proven: done cannot show that a message was completed twice',
      },
    });
  });
});

test('without a note nobody knows what became of a message that is gone', async () => {
  await push({ messages: ['a', 'b'].map((body) => constant(body)) });
  await take();
  await take();
  expect(await verify({ guarantee: 'at-least-once' })).toMatchObject({
    gone: 2,
    lost: null,
    judgement: {
      verdict: 'unknown',
      message: 'at-least-once is not proven: 2 messages gone, and nothing tells whether the program completed them',
    },
  });
});

test('what lies in a processing list is in flight, and what failed is in the dead-letter list', async () => {
  await push({ messages: ['a', 'b'].map((body) => constant(body)) });
  await send('LMOVE', key('jobs'), key('doing'), 'RIGHT', 'LEFT');
  await send('LMOVE', key('jobs'), key('failed'), 'RIGHT', 'LEFT');
  expect(await verify({ processing: ['doing'], deadLetter: 'failed', completed: 'done' })).toMatchObject({
    queued: 0,
    inFlight: 1,
    deadLettered: 1,
    lost: 0,
    verdict: 'unknown',
  });
});

describe('a stream with a consumer group', () => {
  test('an entry that the group acknowledged is completed, one that it did not is in flight', async () => {
    await push({ backend: 'stream', messages: ['a', 'b', 'c'].map((body) => constant(body)) });
    await send('XGROUP', 'CREATE', key('jobs'), 'mine', '0');
    const read = await send('XREADGROUP', 'GROUP', 'mine', 'one', 'COUNT', 2, 'STREAMS', key('jobs'), '>');
    const [[first]] = Object.values(read as unknown as Record<string, [[string]]>)[0] as unknown as [[string]];
    await send('XACK', key('jobs'), 'mine', first);
    expect(await verify({ guarantee: 'at-least-once' })).toMatchObject({
      completed: 1,
      inFlight: 1,
      queued: 1,
      lost: 0,
      judgement: { verdict: 'unknown' },
    });
  });

  test('an acknowledgement proves nothing where the program notes what it has done', async () => {
    await push({ backend: 'stream', messages: ['a', 'b'].map((body) => constant(body)) });
    await send('XGROUP', 'CREATE', key('jobs'), 'mine', '0');
    const read = await send('XREADGROUP', 'GROUP', 'mine', 'one', 'STREAMS', key('jobs'), '>');
    const entries = Object.values(read as unknown as Record<string, [string][]>)[0] as unknown as [string][];
    for (const [id] of entries) await send('XACK', key('jobs'), 'mine', id);
    await send('SADD', key('done'), 'a');
    expect(await verify({ completed: 'done', guarantee: 'exactly-once-effect' })).toMatchObject({
      completed: 1,
      lost: 1,
      duplicated: 0,
      judgement: { verdict: 'failed' },
    });
  });

  test('an entry that was trimmed away before it was acknowledged is lost', async () => {
    await push({ backend: 'stream', messages: ['a', 'b'].map((body) => constant(body)) });
    await send('XGROUP', 'CREATE', key('jobs'), 'mine', '0');
    await send('XTRIM', key('jobs'), 'MAXLEN', 1);
    const read = await send('XREADGROUP', 'GROUP', 'mine', 'one', 'STREAMS', key('jobs'), '>');
    const [[first]] = Object.values(read as unknown as Record<string, [[string]]>)[0] as unknown as [[string]];
    await send('XACK', key('jobs'), 'mine', first);
    expect(await verify({ group: 'mine', guarantee: 'at-least-once' })).toMatchObject({
      completed: 1,
      lost: 1,
      judgement: { verdict: 'failed' },
    });
  });
});
