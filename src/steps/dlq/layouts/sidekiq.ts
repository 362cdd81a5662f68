import type { Order } from '../../queue/backends/store.js';
import { bodyValue, type Payload } from '../../queue/payload.js';
import { editMembers } from './json-members.js';
import type { Access, DeadQueue, Found, Layout } from './layout.js';
import { type Member, SortedSet } from './sorted-set.js';

/** Sidekiq: the sorted set `dead` of jobs as JSON, by the time of their death. */
export const sidekiq: Layout = {
  name: 'sidekiq',
  type: 'zset',
  nameOf: (queue) => queue,
  async claims(key, access) {
    if (key !== DEAD && !key.endsWith(`:${DEAD}`)) return false;
    const first = await new SortedSet(key, access).first();
    const job = first && jobOf(first.member);
    return job !== undefined && typeof job.jid === 'string' && typeof job.queue === 'string';
  },
  open: (key, access) => new DeadSet(key, access),
};

const DEAD = 'dead';

class DeadSet implements DeadQueue {
  readonly layout = 'sidekiq';
  readonly #set: SortedSet;
  /** What stands before every key, of a namespace for example. */
  readonly #prefix: string;

  constructor(
    readonly key: string,
    private readonly access: Access,
  ) {
    this.#set = new SortedSet(key, access);
    this.#prefix = key.slice(0, -DEAD.length);
  }

  length(): Promise<number> {
    return this.#set.length();
  }

  async *entries(order?: Order): AsyncGenerator<Found> {
    for await (const page of this.#set.pages(order)) for (const member of page) yield foundOf(member);
  }

  destination({ letter }: Found, to: string | undefined): string {
    return to ?? letter.originalQueue;
  }

  async redrive(found: Found, queue: string): Promise<boolean> {
    const keys = [`${this.#prefix}queue:${queue}`, `${this.#prefix}queues`];
    return await this.#set.take(REDRIVE, keys, [found.handle, this.#retried(found, queue), queue]);
  }

  async remove(found: readonly Found[]): Promise<readonly boolean[]> {
    const removed: boolean[] = [];
    for (const { handle } of found) removed.push(await this.#set.take(REMOVE, [], [handle]));
    return removed;
  }

  /** The job with the members that Sidekiq's own retry changes; its arguments stay as they are, byte for byte. */
  #retried({ message, letter, details }: Found, queue: string): string {
    const now = this.access.wallTime();
    const { retryCount } = details;
    const { enqueued_at: enqueuedAt } = jobOf(message) ?? {};
    return editMembers(String(message), {
      queue: JSON.stringify(queue),
      // Seconds with a fraction before Sidekiq 8, milliseconds since.
      enqueued_at: isSeconds(enqueuedAt) ? String(now / 1_000) : String(Math.round(now)),
      redriveCount: String(letter.redriveCount + 1),
      ...(typeof retryCount === 'number' && { retry_count: String(retryCount - 1) }),
    });
  }
}

/** What Sidekiq's own `entry.retry` does with a dead job, in one step. */
const REDRIVE = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('LPUSH', KEYS[2], ARGV[2])
return 1
`;

const REMOVE = "return redis.call('ZREM', KEYS[1], ARGV[1])";

type Job = Readonly<Record<string, unknown>>;

function jobOf(member: Payload): Job | undefined {
  const job = bodyValue(member);
  return typeof job === 'object' && job !== null && !Array.isArray(job) ? (job as Job) : undefined; // a JSON object
}

/** Of seconds or of milliseconds, whichever Sidekiq wrote. */
const isSeconds = (time: unknown): boolean => typeof time === 'number' && time < 1e11;
const timeOf = (time: unknown): number | null =>
  typeof time === 'number' ? Math.round(isSeconds(time) ? time * 1_000 : time) : null;

function foundOf({ member, score }: Member): Found {
  const job = jobOf(member) ?? {};
  const text = (name: string) => (typeof job[name] === 'string' ? job[name] : '');
  const retryCount = typeof job.retry_count === 'number' ? job.retry_count : null;
  const attempts = job.failed_at === undefined ? 0 : (retryCount ?? 0) + 1;
  return {
    handle: member,
    message: member,
    payload: member,
    letter: {
      id: text('jid'),
      originalQueue: text('queue'),
      reason: text('error_class') === '' ? 'unknown' : 'attempts',
      attempts,
      deliveries: attempts,
      firstEnqueuedAt: timeOf(job.created_at),
      firstFailedAt: timeOf(job.failed_at),
      // Death is the last failure, unless somebody killed the job by hand.
      lastFailedAt: timeOf(score),
      error: { class: text('error_class') || 'unknown', message: text('error_message') },
      consumer: '',
      redriveCount: typeof job.redriveCount === 'number' ? job.redriveCount : 0,
      body: bodyValue(member),
    },
    details: {
      class: text('class'),
      retryCount,
      backtrace: job.error_backtrace ?? null,
    },
  };
}
