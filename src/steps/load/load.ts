import {
  Bytes,
  CommandParts,
  Count,
  Deferred,
  Duration,
  Latency,
  Milliseconds,
  Nullable,
  OneOf,
  PerSecond,
  PositiveDuration,
  PositiveRate,
  Rate,
  Ratio,
  Share,
  Size,
  TextFile,
  Total,
  Type,
} from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { errorsOf, judgeLoad } from './judge.js';
import { runLoad } from './run.js';
import { declaredTime } from './stages.js';

const SCOPE = ['index', 'key', 'value'];
const CountsBy = (description: string) => Type.Record(Type.String(), Type.Integer(), { description });

export const load = defineStep({
  name: 'load',
  summary: 'Sends commands as fast as the server answers, or at a rate, and measures what comes of them.',
  effect: 'changes',
  commands: [],
  input: Type.Object(
    {
      mix: Type.Array(
        Type.Object(
          {
            command: Type.Optional(
              CommandParts(SCOPE, {
                description:
                  'A command, evaluated anew for each operation: `index` is its number, from 0; `key` the number that `keys` draws; `value` what `size` or `values` gives.',
              }),
            ),
            script: Type.Optional(
              Type.Object(
                {
                  lua: Type.Optional(
                    Type.String({ minLength: 1, description: "The script's text.", 'x-script': 'text' }),
                  ),
                  file: Type.Optional(TextFile({ description: 'A file that holds the script.', 'x-script': 'text' })),
                  keys: Type.Optional(
                    CommandParts(SCOPE, { type: 'array', minItems: 0, description: 'KEYS.', 'x-script': 'arguments' }),
                  ),
                  args: Type.Optional(
                    CommandParts(SCOPE, { type: 'array', minItems: 0, description: 'ARGV.', 'x-script': 'arguments' }),
                  ),
                },
                { exactlyOneOf: ['lua', 'file'], description: 'A script, sent by EVALSHA.' },
              ),
            ),
            weight: Type.Number({ exclusiveMinimum: 0, default: 1, description: 'How often, beside the others.' }),
          },
          { exactlyOneOf: ['command', 'script'] },
        ),
        { minItems: 1, description: 'What is sent: each operation is one of these, drawn by their weights.' },
      ),
      keys: Type.Optional(
        Type.Object(
          {
            count: Count({ description: 'How many different ones: `key` is from 0, below it.' }),
            distribution: OneOf(['uniform', 'zipfian', 'sequential'], {
              default: 'uniform',
              description: 'Each as often as any other; few of them most of the time; or one after the other.',
            }),
            exponent: Type.Number({
              exclusiveMinimum: 0,
              maximum: 10,
              default: 0.99,
              description: 'Of `zipfian`: the higher, the fewer keys get most of the operations.',
            }),
          },
          {
            needs: {
              exponent: { of: ['distribution'], is: 'zipfian', next: 'add `distribution: zipfian`, or leave it out' },
            },
            description: 'What `key` is.',
          },
        ),
      ),
      size: Type.Optional(Deferred(Size({ description: 'Size of `value`, evaluated anew with `index`.' }))),
      values: Type.Optional(
        Type.Array(Type.String(), { minItems: 1, description: 'What `value` is drawn from, in the place of `size`.' }),
      ),
      clients: Count({ default: 50, description: 'Clients, each with a connection of its own.' }),
      pipeline: Count({ default: 1, description: 'Operations that a client has in flight at most.' }),
      rate: Type.Optional(
        PositiveRate({
          description:
            'Operations of all clients together, each due whatever became of those before. Without it a client sends when it has been answered.',
        }),
      ),
      arrival: OneOf(['constant', 'poisson'], {
        default: 'constant',
        description: 'With a rate: evenly spaced, or at random as independent users come.',
      }),
      stages: Type.Optional(
        Type.Array(
          Type.Object({
            for: Duration({ description: 'How long.' }),
            rate: Rate({ description: 'The rate, or, with `from`, the one at the end.' }),
            from: Type.Optional(Rate({ description: 'The rate at the beginning, from which it changes evenly.' })),
          }),
          { minItems: 1, description: 'Rates one after the other.' },
        ),
      ),
      warmup: Duration({ default: 0, description: 'Sends for this long first, and counts nothing of it.' }),
      for: Type.Optional(PositiveDuration({ description: 'Sends for this long.' })),
      count: Type.Optional(Count({ description: 'Sends so many operations.' })),
      abortOn: Type.Optional(
        Type.Object(
          {
            errorRate: Type.Object({ $gt: Share() }, { description: 'More errors than this.' }),
            after: Duration({ default: 0, description: 'Not before this long after the warm-up.' }),
          },
          { description: 'Ends early, and fails.' },
        ),
      ),
    },
    {
      exactlyOneOf: ['for', 'count', 'stages'],
      excludes: {
        values: { size: 'decide which of them makes `value`' },
        rate: { stages: 'decide which of them is the rate' },
        warmup: { count: 'say how long it goes on, by `for`' },
      },
      needs: {
        arrival: {
          of: ['rate', 'stages'],
          next: 'without a rate a client sends when it has been answered: leave it out',
        },
      },
      'x-gives': {
        key: { fields: ['keys'], next: 'add `keys: { count: … }`' },
        value: { fields: ['size', 'values'], next: 'add `size: 64B`' },
      },
    },
  ),
  result: Type.Object({
    operations: Total('Operations that were answered, those of the warm-up left out.'),
    throughput: PerSecond({ description: 'Operations answered each second.' }),
    errors: Total('Error replies.'),
    errorRate: Nullable(
      Ratio({ description: 'Errors and operations without an answer, of all; null when there are none.' }),
    ),
    errorsByCode: CountsBy('Error replies by their codes.'),
    unknown: Total('Operations without an answer: the connection broke, or the server did not answer in time.'),
    unsent: Total('Operations that were due and never sent, because all clients were waiting.'),
    latency: Latency('Until the reply; with a rate, from when the operation was due.'),
    achievedRate: Nullable(PerSecond({ description: 'The rate at which operations were sent; null without one.' })),
    lag: Latency('With a rate: how late the generator itself was.'),
    late: Milliseconds({ description: 'With a rate: how late the last operation was sent.' }),
    replies: CountsBy('Equal small replies, by their text: `OK`, `1`, `null`. The first hundred different ones.'),
    commands: Type.Array(
      Type.Object({
        command: Type.String(),
        operations: Total('Operations.'),
        throughput: PerSecond(),
        errors: Total('Error replies.'),
        nulls: Total('Null replies: nothing was there.'),
        unknown: Total('Operations without an answer.'),
        latency: Latency(),
      }),
      { description: 'The same for each command of the mix.' },
    ),
    series: Type.Array(
      Type.Object({
        second: Type.Integer(),
        operations: Total('Operations.'),
        errors: Total('Error replies.'),
        unknown: Total('Operations without an answer.'),
        latency: Latency(),
      }),
      { description: 'Second by second, from the end of the warm-up.' },
    ),
    nodes: CountsBy('Operations by the node that answered, those of the warm-up too.'),
    redirected: Total('Operations that a node of a cluster sent on.'),
    disconnects: Total('Connections that broke.'),
    server: Nullable(
      Type.Object(
        {
          cpu: Type.Number({ description: 'Cores that were busy, in the mean.' }),
          memory: Bytes({ description: 'At the end.' }),
          evicted: Total('Keys that were evicted.'),
          rejected: Total('Connections that were rejected.'),
          commands: Type.Record(
            Type.String(),
            Type.Object({
              calls: Total('Calls.'),
              failed: Total('Calls that failed.'),
              meanMs: Milliseconds(),
              p50Ms: Nullable(
                Milliseconds({ description: 'Since the server began to count; of several the highest.' }),
              ),
              p99Ms: Nullable(Milliseconds({ description: 'The same. Null before Redis 7.0.' })),
            }),
            { description: 'Time in the server, by commands.' },
          ),
        },
        {
          description:
            'How the servers saw it, warm-up and other clients included; null where INFO is refused or a server was restarted meanwhile, and until the end.',
        },
      ),
    ),
    duration: Milliseconds({ description: 'How long it was measured.' }),
    aborted: Type.Boolean({ description: '`abortOn` struck.' }),
  }),
  examples: [
    {
      mix: [
        { command: 'GET user:${{ key }}', weight: 9 },
        { command: ['SET', 'user:${{ key }}', '${{ value }}', 'EX', 60], weight: 1 },
      ],
      keys: { count: 100_000, distribution: 'zipfian' },
      size: '64B',
      for: '10s',
      warmup: '2s',
    },
    { mix: [{ command: 'INCR visits' }], rate: '1000/s', arrival: 'poisson', for: '10s' },
    {
      mix: [{ command: 'PUBLISH news ${{ index }}' }],
      stages: [
        { for: '10s', from: '100/s', rate: '1000/s' },
        { for: '30s', rate: '1000/s' },
      ],
      abortOn: { errorRate: { $gt: '5%' }, after: '5s' },
    },
  ],
  declaredMs: declaredTime,
  work: ({ operations }, input) => ({
    done: operations,
    total: input.count,
    unit: 'operations',
    forMs: declaredTime(input),
  }),
  judge: judgeLoad,
  advise(result) {
    const errors = errorsOf(result);
    return errors === '' ? undefined : `errors by code: ${errors}`;
  },
  run: runLoad,
});
