import {
  Count,
  Deferred,
  Duration,
  Expression,
  Key,
  Latency,
  OneOf,
  Ratio,
  Total,
  Type,
} from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { runWorkers } from '../workers.js';
import { CacheAside, PROTECTIONS } from './aside.js';
import { LoadFailed } from './loader.js';

export const cacheFetch = defineStep({
  name: 'cache.fetch',
  summary: 'Reads a key through a cache-aside by concurrent readers: who misses loads the value and stores it.',
  effect: 'changes',
  commands: ['GET', 'SET', { field: 'protection', equals: 'lock', commands: ['EVALSHA', 'EVAL'] }],
  input: Type.Object({
    key: Key(),
    ttl: Duration({ description: 'Time to live of what a load stores.' }),
    reads: Type.Optional(Count({ description: 'Reads in all; as many as there are readers if not given.' })),
    readers: Count({ default: 1, description: 'Concurrent readers.' }),
    protection: OneOf(PROTECTIONS, {
      default: 'none',
      description:
        'Against a stampede of loads. `lock`: one reader loads under `KEY:lock`, the others wait for the value. `early-expiry`: a reader loads anew before the key expires when −δ·ln(random) reaches the time left, where δ is how long the last load took (XFetch with β = 1).',
    }),
    loader: Type.Object(
      {
        value: Deferred(Type.Unknown({ description: 'What a load gives; `index` is the number of the load, from 0.' })),
        takes: Duration({ default: '0ms', description: 'How long a load takes.' }),
        fail: Type.Optional(
          Expression(['index'], { description: 'True: the load fails. `index` is the number of the load, from 0.' }),
        ),
      },
      { description: 'The slow source behind the cache.' },
    ),
  }),
  result: Type.Object({
    reads: Total('Reads that ended.'),
    hits: Total('Reads that were served from the cache at once.'),
    misses: Total('Reads that found nothing, or that loaded anew early.'),
    hitRatio: Ratio({ description: 'hits / (hits + misses).' }),
    loads: Total('Calls of the loader.'),
    maxConcurrentLoads: Total('Loads that ran at the same time, at most.'),
    errors: Total('Reads that got no value: the load failed, or the server refused or did not answer.'),
    latency: Latency('Of reads that got a value.'),
  }),
  examples: [
    { key: 'report', ttl: '30s', readers: 50, protection: 'lock', loader: { value: { rows: 3 }, takes: '100ms' } },
    { key: 'report', ttl: '30s', reads: 200, readers: 10, loader: { value: '${{ index }}', fail: 'index == 0' } },
  ],
  work: (counts, { reads }) => ({ done: counts.reads, total: reads, unit: 'reads' }),
  declaredMs({ reads, readers, protection, loader }) {
    const all = reads ?? readers;
    // Under a lock, loads that fail come one after the other.
    const successive = protection === 'lock' && loader.fail ? all : Math.ceil(all / readers);
    return successive * loader.takes;
  },
  async run({ reads, ...input }, context) {
    const cache = new CacheAside(input, context);
    const total = reads ?? input.readers;
    let begun = 0;
    let refusal: ReplyError | undefined;
    context.reportProgress(() => cache.counts());
    await runWorkers(input.readers, async (_, goesOn) => {
      while (goesOn() && begun < total) {
        const error = await cache.read(begun++).catch((reason: unknown) => reason);
        if (error instanceof ReplyError) refusal ??= error;
        else if (error !== undefined && !isCounted(error)) throw error;
      }
    });
    const counts = cache.counts();
    // A server that refuses everything says more than a count of errors.
    if (refusal && counts.errors === counts.reads) throw refusal;
    return counts;
  },
});

/** Counted as a read that got no value. The time limit that ended a step is its error, though. */
const isCounted = (error: unknown): boolean => error instanceof OutcomeUnknown || error instanceof LoadFailed;
