import { deflateSync } from 'node:zlib';
import type { Argument, Connection, Reply } from '../../../../src/contracts/redis.js';
import type { LayoutName } from '../../../../src/steps/dlq/layouts/layout.js';
import type { BackendKind } from '../../../../src/steps/queue/backends/backend.js';
import { Store } from '../../../../src/steps/queue/backends/store.js';
import { letterLine } from '../../../../src/steps/queue/dead-letter.js';
import { decodeMessage, encodeMessage } from '../../../../src/steps/queue/envelope.js';

/** What a program that was written and parsed again would not give back byte for byte. */
export const PAYLOAD = '{"n" : 12345678901234567890, "empty": [], "text": "\\u00fc"}';
/** When the first letter failed for the last time; the others a second later each. */
export const FAILED_AT = Date.parse('2026-03-01T12:00:00Z');

export interface Waiting {
  readonly id: string;
  readonly payload: string;
  readonly redriveCount: number;
}

/** A program's dead letters and its queue `orders` as it writes them, under a prefix that is a test's own. */
export interface Program {
  readonly layout: LayoutName;
  dead(prefix: string): string;
  /** Writes dead letters of `orders` with these ids, the oldest first, each failed twice, the first of them then. */
  bury(redis: Connection, prefix: string, ids: readonly string[], at?: number): Promise<void>;
  /** What waits in `orders` to be worked on. */
  waiting(redis: Connection, prefix: string, queue?: string): Promise<readonly Waiting[]>;
  /** Its jobs can go to another queue than their own. */
  readonly movesElsewhere: boolean;
}

const list = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? reply : []);
const hash = (reply: Reply): Record<string, Reply> => reply as Record<string, Reply>; // of HGETALL

const own = (layout: BackendKind): Program => ({
  layout,
  movesElsewhere: true,
  dead: (prefix) => `${prefix}orders-dlq`,
  async bury(redis, prefix, ids, at = FAILED_AT) {
    for (const [index, id] of ids.entries()) {
      const failedAt = at + index * 1_000;
      const envelope = { id, sequence: index, key: null, enqueuedAt: 1, deliverAt: 1, redriveCount: 0 };
      const line = letterLine({
        id,
        originalQueue: 'orders',
        reason: 'attempts',
        attempts: 2,
        deliveries: 2,
        firstEnqueuedAt: FAILED_AT - 60_000,
        firstFailedAt: failedAt - 500,
        lastFailedAt: failedAt,
        error: { class: 'TypeError', message: 'no address' },
        consumer: 'worker-1',
        redriveCount: 0,
      });
      const letter = line + String(encodeMessage(envelope, PAYLOAD));
      const key = `${prefix}orders-dlq`;
      if (layout === 'list') await redis.call(['LPUSH', key, letter]);
      else if (layout === 'stream') await redis.call(['XADD', key, '*', 'message', letter]);
      else await redis.call(['ZADD', key, failedAt, letter]);
    }
  },
  async waiting(redis, prefix, queue = 'orders') {
    const waiting: Waiting[] = [];
    for await (const { payload } of new Store(layout, `${prefix}${queue}`, redis, {}).entries()) {
      const { envelope, body } = decodeMessage(payload);
      waiting.push({ id: envelope!.id, payload: String(body), redriveCount: envelope!.redriveCount });
    }
    return waiting;
  },
});

/** As BullMQ 6.7 writes it. */
const bullmq: Program = {
  layout: 'bullmq',
  movesElsewhere: false,
  dead: (prefix) => `${prefix}bull:orders:failed`,
  async bury(redis, prefix, ids, at = FAILED_AT) {
    const base = `${prefix}bull:orders`;
    await redis.call(['HSET', `${base}:meta`, 'opts.maxLenEvents', 10_000, 'version', 'bullmq:6.7.0']);
    for (const [index, id] of ids.entries()) {
      const failedAt = at + index * 1_000;
      const stack = JSON.stringify(['TypeError: no address\n    at send (/app/mail.js:9:54)']);
      const fields: Readonly<Record<string, Argument>> = {
        name: 'send',
        data: PAYLOAD,
        opts: '{"attempts":2}',
        timestamp: FAILED_AT - 60_000,
        delay: 0,
        priority: 0,
        atm: 2,
        ats: 2,
        pb: 'worker-1',
        processedOn: failedAt - 5,
        finishedOn: failedAt,
        failedReason: 'no address',
        stacktrace: stack,
      };
      await redis.call(['HSET', `${base}:${id}`, ...Object.entries(fields).flat()]);
      await redis.call(['ZADD', `${base}:failed`, failedAt, id]);
    }
  },
  async waiting(redis, prefix, queue = 'orders') {
    const base = `${prefix}bull:${queue}`;
    // Taken from the right.
    const ids = list(await redis.call(['LRANGE', `${base}:wait`, 0, -1])).toReversed();
    ids.push(...list(await redis.call(['ZRANGE', `${base}:prioritized`, 0, -1])));
    const jobs = await redis.pipeline(ids.map((id) => ['HGETALL', `${base}:${id}`]));
    return jobs.map(hash).map((job, index) => {
      if ('finishedOn' in job || 'failedReason' in job) throw new Error('it still counts as failed');
      return { id: String(ids[index]), payload: String(job.data), redriveCount: Number(job.redriveCount ?? 0) };
    });
  },
};

/** `2026-03-01T12:00:00.000000Z` */
const pythonTime = (time: number): string => new Date(time).toISOString().replace('Z', '000Z');

/** As RQ 2.10 writes it, with its JSON serializer. */
const rq: Program = {
  layout: 'rq',
  movesElsewhere: true,
  dead: (prefix) => `${prefix}rq:failed:orders`,
  async bury(redis, prefix, ids, at = FAILED_AT) {
    for (const [index, id] of ids.entries()) {
      const failedAt = at + index * 1_000;
      const trace =
        'Traceback (most recent call last):\n  File "/app/mail.py", line 2, in send\nTypeError: no address\n';
      const fields: Readonly<Record<string, Argument>> = {
        data: deflateSync(PAYLOAD),
        status: 'failed',
        origin: 'orders',
        description: 'mail.send(1)',
        created_at: pythonTime(FAILED_AT - 60_000),
        enqueued_at: pythonTime(FAILED_AT - 60_000),
        started_at: pythonTime(failedAt - 5),
        ended_at: pythonTime(failedAt),
        number_of_retries: 1,
        timeout: 180,
        worker_name: 'worker-1',
      };
      const job = `${prefix}rq:job:${id}`;
      await redis.call(['HSET', job, ...Object.entries(fields).flat()]);
      await redis.call(['EXPIRE', job, 31_536_000]);
      const packed = deflateSync(trace).toString('base64');
      const results = `${prefix}rq:results:${id}`;
      await redis.call(['XADD', results, `${failedAt - 500}-0`, 'type', 2, 'exc_string', packed]);
      await redis.call(['XADD', results, `${failedAt}-0`, 'type', 2, 'exc_string', packed]);
      await redis.call(['ZADD', `${prefix}rq:failed:orders`, failedAt / 1_000 + 31_536_000, id]);
    }
  },
  async waiting(redis, prefix, queue = 'orders') {
    const ids = list(await redis.call(['LRANGE', `${prefix}rq:queue:${queue}`, 0, -1]));
    const jobs = await redis.pipeline(ids.map((id) => ['HGETALL', `${prefix}rq:job:${id}`]));
    return jobs.map(hash).map((job, index) => {
      if (job.status !== 'queued' || job.origin !== queue) throw new Error('it does not count as queued');
      const { base64 } = hash(job.data!);
      const isSame = base64 === deflateSync(PAYLOAD).toString('base64');
      return { id: String(ids[index]), payload: isSame ? PAYLOAD : '', redriveCount: Number(job.redriveCount ?? 0) };
    });
  },
};

/** As Sidekiq 6 writes it: times in seconds. */
const sidekiq: Program = {
  layout: 'sidekiq',
  movesElsewhere: true,
  dead: (prefix) => `${prefix}dead`,
  async bury(redis, prefix, ids, at = FAILED_AT) {
    for (const [index, id] of ids.entries()) {
      const failedAt = at + index * 1_000;
      const seconds = failedAt / 1_000;
      const times = `"created_at":${FAILED_AT / 1_000 - 60},"enqueued_at":${seconds - 1},"failed_at":${seconds - 0.5},"retried_at":${seconds}`;
      const error = '"error_message":"no address","error_class":"TypeError","retry_count":1,"retry":1';
      const job = `{"class":"MailJob","queue":"orders","args":[${PAYLOAD}],"jid":"${id}",${times},${error}}`;
      await redis.call(['ZADD', `${prefix}dead`, seconds, job]);
    }
  },
  async waiting(redis, prefix, queue = 'orders') {
    const queues = list(await redis.call(['SMEMBERS', `${prefix}queues`]));
    const jobs = list(await redis.call(['LRANGE', `${prefix}queue:${queue}`, 0, -1])).toReversed();
    if (jobs.length > 0 && !queues.includes(queue)) throw new Error('no worker knows the queue');
    return jobs.map((text) => {
      const job = JSON.parse(String(text)) as { jid: string; redriveCount: number; queue: string };
      if (job.queue !== queue) throw new Error('it says that it is in another queue');
      const exact = String(text).includes(`"args":[${PAYLOAD}]`);
      return { id: job.jid, payload: exact ? PAYLOAD : '', redriveCount: job.redriveCount };
    });
  },
};

export const PROGRAMS: readonly Program[] = [own('list'), own('stream'), own('delayed'), bullmq, rq, sidekiq];
