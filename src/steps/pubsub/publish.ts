import {
  Channel,
  Count,
  Deferred,
  Latency,
  Milliseconds,
  OneOf,
  PerSecond,
  PositiveDuration,
  PositiveRate,
  Size,
  Total,
  Type,
} from '../../contracts/fields.js';
import { type Clock, defineStep } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { Histogram } from '../../history/histogram.js';
import { isBulk } from '../bulk/send.js';
import { declaredTime, dueBy, judgeRate, untilDue } from '../pace.js';
import { runWorkers } from '../workers.js';
import { bodyOf, countOf, extentOf } from './bodies.js';
import { publishBulk } from './bulk.js';
import { type Destination, type Published, Publisher } from './publisher.js';

const BODIES = 'decide which of them makes the bodies';
const EACH_ONCE = 'leave it out: each of `messages` is published once';

export const pubsubPublish = defineStep({
  name: 'pubsub.publish',
  summary: 'Publishes messages to a channel.',
  effect: 'changes',
  commands: [
    { field: 'channel', commands: ['PUBLISH'] },
    { field: 'shardChannel', commands: ['SPUBLISH'] },
  ],
  input: Type.Object(
    {
      channel: Type.Optional(Channel()),
      shardChannel: Type.Optional(Channel({ description: 'Sharded channel (Redis 7.0, Valkey).' })),
      message: Type.Optional(
        Deferred(
          Type.Unknown({ description: 'Body, evaluated anew for each message; `index` is its number, from 0.' }),
        ),
      ),
      messages: Type.Optional(
        Type.Array(Deferred(Type.Unknown()), {
          minItems: 1,
          description: 'Bodies, each published once, in this order.',
        }),
      ),
      count: Type.Optional(
        Count({ description: 'How many messages; their bodies are made up unless `message` is given.' }),
      ),
      size: Type.Optional(Deferred(Size({ description: 'Size of a body that is made up.' }))),
      rate: Type.Optional(
        PositiveRate({ description: 'Messages of all publishers together. Without it as fast as it goes.' }),
      ),
      for: Type.Optional(PositiveDuration({ description: 'Publish for this long.' })),
      publishers: Count({ default: 1, description: 'Publishers; each has a connection of its own.' }),
      envelope: OneOf(['redrill', 'none'], {
        default: 'redrill',
        description:
          'What goes with a body: a line in front of it that holds its id and sequence number, by which losses show; or nothing, for subscribers in other programs.',
      }),
    },
    {
      exactlyOneOf: ['channel', 'shardChannel'],
      excludes: {
        size: { message: BODIES, messages: BODIES },
        messages: { message: BODIES },
        count: { messages: EACH_ONCE },
        for: { messages: EACH_ONCE },
      },
    },
  ),
  result: Type.Object({
    published: Total('Messages that the server took.'),
    receivers: Total('Sum of the receivers that the server counted for each message.'),
    errors: Total('Messages that the server refused, or did not answer for.'),
    throughput: PerSecond({ description: 'Messages that the server took each second.' }),
    latency: Latency('Until the server took a message; with a `rate`, from when it was due.'),
    late: Milliseconds({
      description:
        'With a `rate`: how late the last message was sent; the time in which its connection was broken is not counted.',
    }),
  }),
  examples: [
    { channel: 'news', message: 'hello' },
    { channel: 'news', messages: [{ id: 1 }, { id: 2 }], envelope: 'none' },
    { channel: 'news', message: { number: '${{ index }}' }, count: 1000, rate: '500/s', publishers: 4 },
  ],
  declaredMs: (input) => declaredTime(countOf(input), { rate: input.rate, forMs: input.for }),
  work: ({ published }, input) => ({ done: published, unit: 'messages', ...extentOf(input) }),
  judge: ({ published, errors, late }, { rate }) => judgeRate(published + errors, late, rate),
  async run({ channel, shardChannel, publishers: count, envelope, rate, for: forMs, ...bodies }, context) {
    const destination: Destination =
      channel === undefined
        ? { command: 'SPUBLISH', channel: shardChannel ?? '', envelope }
        : { command: 'PUBLISH', channel, envelope };
    const total = countOf({ ...bodies, for: forMs });
    // What is published to another node of a cluster than the subscribers' is on its way there when it is acknowledged,
    // and who asks the subscribers' node then finds it lost. Those of one case go by the same node.
    const crossesBus = destination.command === 'PUBLISH' && context.targetScope.topology === 'cluster';
    if (envelope === 'redrill' && !crossesBus && isBulk({ total, rate, forMs })) {
      return await publishBulk({ destination, bodies, publishers: count, total, rate, forMs }, context);
    }
    const publishers = await Promise.all(
      Array.from({ length: count }, (_, index) => Publisher.open(`publisher-${index + 1}`, destination, context)),
    );
    const tally = new Tally(context.clock);
    context.reportProgress(() => tally.result());
    const pace = { startMs: tally.startMs, rate, forMs };
    let begun = 0;
    try {
      await runWorkers(count, async (worker, goesOn) => {
        while (goesOn() && begun < total) {
          const publisher = publishers[worker]!;
          const index = begun++;
          const due = await untilDue(index, pace, context);
          if (due === null) return;
          const batch: Due[] = [{ index, due }];
          const now = context.clock.now();
          while (batch.length < publisher.window && begun < total) {
            const due = dueBy(now, begun, pace);
            if (due === null) break;
            batch.push({ index: begun++, due });
          }
          tally.late = Math.max(0, now - batch.at(-1)!.due);
          tally.count(batch, await publisher.publish(batch.map(({ index }) => bodyOf(bodies, index))));
        }
      });
    } finally {
      await Promise.all(publishers.map((publisher) => publisher[Symbol.asyncDispose]()));
    }
    return tally.final();
  },
});

/** A message, by its number, and when it was to be sent. */
interface Due {
  readonly index: number;
  readonly due: number;
}

/** What publishing has come to so far. */
class Tally {
  readonly startMs: number;
  readonly #latency = new Histogram();
  #published = 0;
  #receivers = 0;
  #errors = 0;
  /** How late the last was sent. */
  late = 0;
  #refusal: ReplyError | undefined;

  constructor(private readonly clock: Clock) {
    this.startMs = clock.now();
  }

  count(batch: readonly Due[], outcomes: readonly Published[]): void {
    const now = this.clock.now();
    for (const [index, outcome] of outcomes.entries()) {
      if (typeof outcome === 'number') {
        this.#receivers += outcome;
        this.#published++;
        this.#latency.record(now - batch[index]!.due);
      } else {
        if (outcome instanceof ReplyError) this.#refusal ??= outcome;
        this.#errors++;
      }
    }
  }

  result() {
    const seconds = (this.clock.now() - this.startMs) / 1_000;
    return {
      published: this.#published,
      receivers: this.#receivers,
      errors: this.#errors,
      throughput: seconds > 0 ? this.#published / seconds : 0,
      latency: this.#latency.summary(),
      late: this.late,
    };
  }

  /** A server that refuses everything says more than a count of errors. */
  final() {
    if (this.#refusal && this.#published === 0) throw this.#refusal;
    return this.result();
  }
}
