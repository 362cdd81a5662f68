import type { Mutation } from './mutation.js';

const BACKENDS = 'src/steps/queue/backends';
const LEASED = `${BACKENDS}/leased.ts`;
const STREAM = `${BACKENDS}/stream-lua.ts`;
const CONFORMANCE = 'test/steps/queue/backends/conformance.test.ts';

export const backendMutations: readonly Mutation[] = [
  {
    name: 'a list acknowledges nothing, and says that it did',
    file: LEASED,
    find: ', ...done.map(nameOf)];',
    replace: '];',
    caughtBy: 'scenarios/reliable-list.yaml',
  },
  {
    name: 'a list that acknowledges leaves the payload behind',
    file: LEASED,
    find: "redis.call('HDEL', entries, unpack(done))",
    replace: '',
    caughtBy: [CONFORMANCE, 'a queue on the list backend > what is completed is gone, and leaves nothing behind'],
  },
  {
    name: 'a list takes the acknowledgement of a lease that has ended',
    file: LEASED,
    find: 'return ends and tonumber(ends) > now end',
    replace: 'return ends end',
    caughtBy: [
      CONFORMANCE,
      'a queue on the list backend > an ended lease settles nothing, whether or not the message was delivered again',
    ],
  },
  {
    name: 'a list takes messages back after half of their lease',
    file: LEASED,
    find: 'math.ceil(now + ARGV[2])',
    replace: 'math.ceil(now + ARGV[2] / 2)',
    caughtBy: 'scenarios/reliable-list.yaml',
  },
  {
    name: 'a list never takes messages back',
    file: LEASED,
    find: 'deliver_due(leases)\n',
    replace: '',
    caughtBy: 'scenarios/reliable-list.yaml',
  },
  {
    name: 'a list does not count deliveries',
    file: LEASED,
    find: 'deliveries = deliveries + 1',
    replace: 'deliveries = 1',
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a list forgets between attempts how often a message failed',
    file: LEASED,
    find: "ARGV[3] .. '\\\\n' .. payload)",
    replace: "'\\\\n' .. payload)",
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a list puts a message back with its first line only',
    file: LEASED,
    find: "return string.match(value, '^([^\\\\n]*)\\\\n(.*)$')",
    replace: "return string.match(value, '^([^\\\\n]*)\\\\n([^\\\\n]*)')",
    caughtBy: [
      CONFORMANCE,
      'a queue on the list backend > keeps what looks like an entry byte for byte, over deliveries and retries',
    ],
  },
  {
    name: 'a list retries without the delay',
    file: LEASED,
    find: "redis.call('ZADD', delayed, stamp(now + ARGV[2]), ARGV[1])",
    replace: "redis.call('ZADD', delayed, stamp(now), ARGV[1])",
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a list writes the dead letter and keeps the message, too',
    file: LEASED,
    find: `local _, payload = let_go()
if not payload then return 0 end
append(`,
    replace: `local payload = string.match(redis.call('HGET', entries, ARGV[1]), '\\\\n(.*)$')
append(`,
    caughtBy: [
      CONFORMANCE,
      'a queue on the list backend > moves a dead letter in one step, with a line before its payload',
    ],
  },
  {
    name: 'a list removes the message and writes no dead letter',
    file: LEASED,
    find: 'append(KEYS[5], ARGV[2] .. payload)\n',
    replace: '',
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a dead letter of a list loses all but the last line of its payload',
    file: LEASED,
    find: 'append(KEYS[5], ARGV[2] .. payload)',
    replace: "append(KEYS[5], ARGV[2] .. string.match(payload, '([^\\\\n]*)$'))",
    caughtBy: [
      CONFORMANCE,
      'a queue on the list backend > moves a dead letter in one step, with a line before its payload',
    ],
  },
  {
    name: 'a list gives the newest message first',
    file: `${BACKENDS}/list.ts`,
    find: "redis.call('RPOP', main, count)",
    replace: "redis.call('LPOP', main, count)",
    caughtBy: 'scenarios/ordering.yaml',
  },
  {
    name: 'a delayed message may be taken at once',
    file: `${BACKENDS}/delayed.ts`,
    find: "redis.call('ZRANGEBYSCORE', main, '-inf', stamp(now), 'LIMIT', 0, count)",
    replace: "redis.call('ZRANGE', main, 0, count - 1)",
    caughtBy: 'scenarios/delayed-jobs.yaml',
  },
  {
    name: 'a delayed message is due after half of its delay',
    file: `${BACKENDS}/delayed.ts`,
    find: 'stamp(now + ARGV[2])',
    replace: 'stamp(now + ARGV[2] / 2)',
    caughtBy: 'scenarios/delayed-jobs.yaml',
  },
  {
    name: 'a stream acknowledges nothing, and says that it did',
    file: STREAM,
    find: 'if #done > 0 then forget(unpack(done)) end\n',
    replace: '',
    caughtBy: 'scenarios/consumer-group.yaml',
  },
  {
    name: 'a stream takes the acknowledgement of a lease that has ended',
    file: STREAM,
    find: 'found[3] < tonumber(ARGV[2]) and ',
    replace: '',
    caughtBy: [
      CONFORMANCE,
      'a queue on the stream backend > an ended lease settles nothing, whether or not the message was delivered again',
    ],
  },
  {
    name: 'a stream claims from consumers that are still at work',
    file: STREAM,
    find: "'XAUTOCLAIM', stream, group, next_consumer(), visibility, cursor",
    replace: "'XAUTOCLAIM', stream, group, next_consumer(), 0, cursor",
    caughtBy: 'scenarios/consumer-group.yaml',
  },
  {
    name: 'a stream never looks for entries of dead consumers',
    file: STREAM,
    find: "visibility and ARGV[3] == '1' and '0-0'",
    replace: 'false',
    caughtBy: 'scenarios/consumer-group.yaml',
  },
  {
    name: 'a stream claims what waits for its retry when its lease is over',
    file: STREAM,
    find: "if not redis.call('ZSCORE', retries, id) then claim(id) end",
    replace: 'claim(id)',
    caughtBy: [
      CONFORMANCE,
      'a queue on the stream backend > a retry waits for its delay, longer than the lease, and says when it is over',
    ],
  },
  {
    name: 'a stream forgets between attempts how often a message failed',
    file: STREAM,
    find: "redis.call('HSET', states, ARGV[4], ARGV[7])",
    replace: '',
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a stream writes the dead letter and leaves the entry pending',
    file: STREAM,
    find: '[1][2]))\nforget(ARGV[4])',
    replace: '[1][2]))',
    caughtBy: [
      CONFORMANCE,
      'a queue on the stream backend > moves a dead letter in one step, with a line before its payload',
    ],
  },
  {
    name: 'the group of a stream begins at its end, behind what was pushed before',
    file: `${BACKENDS}/stream.ts`,
    find: "this.#group, '0', 'MKSTREAM'",
    replace: "this.#group, '$', 'MKSTREAM'",
    caughtBy: 'scenarios/ordering.yaml',
  },
];
