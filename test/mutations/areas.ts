import type { Mutation } from './mutation.js';

const OWN = 'src/steps/dlq/layouts/own.ts';

const onDeadLetters: readonly Mutation[] = [
  {
    name: 'a redrive takes all, whatever `where` says',
    file: 'src/steps/dlq/redriving.ts',
    find: "const queue = chosen(found) ? this.queue.destination(found, to) : '';",
    replace: 'const queue = chosen ? this.queue.destination(found, to) : "";',
    caughtBy: 'scenarios/dead-letters.yaml',
  },
  {
    name: 'a redrive puts the body alone into the queue, without its id',
    file: OWN,
    find: 'const payload = envelope ? encodeMessage({ ...envelope, redriveCount: letter.redriveCount + 1 }, body) : body;',
    replace: 'const payload = envelope ? body : body;',
    caughtBy: 'scenarios/dead-letters.yaml',
  },
  {
    name: 'a redrive copies the letter and leaves it in the dead-letter queue',
    file: 'src/steps/queue/backends/store.ts',
    find: 'if remove(KEYS[1], ARGV[1]) == 0 then return 0 end',
    replace: '',
    caughtBy: 'scenarios/dead-letters.yaml',
  },
  {
    name: 'a redrive between two slots of a cluster takes the letter out before it is in the queue',
    file: 'src/steps/queue/backends/store.ts',
    find: `      await this.connection.script(append(to.kind), [to.key], [payload], this.options);
      const [removed = false] = await this.remove([handle]);`,
    replace: `      const [removed = false] = await this.remove([handle]);
      await this.connection.script(append(to.kind), [to.key], [payload], this.options);`,
    caughtBy: [
      'test/steps/dlq/crash.test.ts',
      "a connection that dies at any command of a redrive > 'list', 'before the server had it', two slots true: nothing is lost",
    ],
  },
  {
    name: 'a redrive does not count itself',
    file: OWN,
    find: 'redriveCount: letter.redriveCount + 1',
    replace: 'redriveCount: letter.redriveCount',
    caughtBy: [
      'test/steps/dlq/redrive.test.ts',
      'on the list backend > redrives to the queue that gave it up: same id, same bytes, attempts from the start',
    ],
  },
  {
    name: 'a purge deletes the queue, with what arrived since it looked',
    file: OWN,
    find: 'return this.#store.remove(found.map(({ handle }) => handle));',
    replace: [
      "const deleted = this.access.connection.call(['DEL', this.key], this.access.options);",
      'return deleted.then(() => found.map(() => true));',
    ].join('\n'),
    caughtBy: ['test/steps/dlq/purge.test.ts', 'on the list backend > what arrives after a purge began survives'],
  },
  {
    name: 'a purge does not look whether it found as many as expected',
    file: 'src/steps/dlq/purge.ts',
    find: 'if (expectCount !== undefined && doomed.length !== expectCount) throw',
    replace: 'if (doomed.length < 0 && expectCount !== undefined) throw',
    caughtBy: 'scenarios/dead-letters.yaml',
  },
];

const ASIDE = 'src/steps/cache/aside.ts';
const FETCH = 'test/steps/cache/fetch.test.ts';

const onCaches: readonly Mutation[] = [
  {
    name: 'a value is stored without its time to live',
    file: 'src/steps/cache/set.ts',
    find: "if (ttl !== undefined) set.push('PX', Math.round(ttl));",
    replace: '',
    caughtBy: 'scenarios/cache-ttl.yaml',
  },
  {
    name: 'the time that is left is read in seconds',
    file: 'src/steps/cache/lookup.ts',
    find: "['PTTL', name]",
    replace: "['TTL', name]",
    caughtBy: 'scenarios/cache-ttl.yaml',
  },
  {
    name: 'every reader gets the lock',
    file: ASIDE,
    find: "token, 'NX', 'PX', lockMs",
    replace: "token, 'PX', lockMs",
    caughtBy: 'scenarios/cache-stampede.yaml',
  },
  {
    name: 'a reader releases the lock of another',
    file: ASIDE,
    find: "redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0",
    replace: "redis.call('DEL', KEYS[1])",
    caughtBy: [FETCH, "cache.fetch > a lock that expired and is another's by now stays"],
  },
  {
    name: 'what expires early is never loaded before it is gone',
    file: ASIDE,
    find: 'Math.log(random) >= ttl',
    replace: 'Math.log(random) >= Infinity',
    caughtBy: [FETCH, 'cache.fetch > expires early when the draw says so, and not long before'],
  },
];

const onStreamsAndChannels: readonly Mutation[] = [
  {
    name: 'a claim takes entries that were delivered a moment ago',
    file: 'src/steps/stream/claim.ts',
    find: 'consumer, Math.round(minIdle)]',
    replace: 'consumer, 0]',
    caughtBy: 'scenarios/consumer-group.yaml',
  },
  {
    name: 'an acknowledgement names the first entry alone',
    file: 'src/steps/stream/acknowledge.ts',
    find: "const commands = ids.map((id) => ['XACK', name, group, id]);",
    replace: "const commands = ids.map(() => ['XACK', name, group, ids[0]!]);",
    caughtBy: 'scenarios/consumer-group.yaml',
  },
  {
    name: 'a slow subscriber drops what comes while it reads',
    file: 'src/steps/pubsub/listener.ts',
    find: 'if (this.#waiting.push({ source, payload }) === 1)',
    replace: 'if (this.#waiting.length === 0 && this.#waiting.push({ source, payload }) === 1)',
    caughtBy: ['test/steps/pubsub/subscribe.test.ts', 'pubsub.subscribe > a slow subscriber reads at its rate'],
  },
  {
    name: 'a subscriber does not hear what matches its patterns',
    file: 'src/redis/messages.ts',
    find: '[ps]?message',
    replace: 's?message',
    caughtBy: 'scenarios/pubsub-patterns.yaml',
  },
  {
    name: 'a subscriber drops every fiftieth message',
    file: 'src/steps/pubsub/listener.ts',
    find: '    this.#countGap(publisher, headers.sequence);\n',
    replace: '    if (headers.sequence % 50 === 49) return;\n    this.#countGap(publisher, headers.sequence);\n',
    caughtBy: 'scenarios/pubsub-fanout.yaml',
  },
  {
    name: 'all messages of a publisher have the same number',
    file: 'src/steps/pubsub/publisher.ts',
    find: 'const sequence = this.#sequence++;',
    replace: 'const sequence = this.#sequence;',
    caughtBy: 'scenarios/pubsub-losses.yaml',
  },
];

export const areaMutations: readonly Mutation[] = [...onDeadLetters, ...onCaches, ...onStreamsAndChannels];
