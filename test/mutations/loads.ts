import type { Mutation } from './mutation.js';

export const loadMutations: readonly Mutation[] = [
  {
    name: 'the latency of a load at a rate counts from when an operation was sent',
    file: 'src/wire/pace/open-loop.ts',
    find: 'this.road.gather(client, this.#waiting.operation, this.#waiting.due, now);',
    replace: 'this.road.gather(client, this.#waiting.operation, now, now);',
    caughtBy: [
      'test/wire/wire.test.ts',
      'a server that pauses > shows in the latencies of an open loop, which count from when an operation was due',
    ],
  },
  {
    name: 'what a broken connection of a load had in flight is forgotten',
    file: 'src/wire/run.ts',
    find: 'else this.tally.lost(this.plan.mix.pick(operation), due);',
    replace: '',
    caughtBy: [
      'test/wire/wire.test.ts',
      'a connection that breaks > leaves what was in flight unknown, and is made again',
    ],
  },
  {
    name: 'a load follows ASK without ASKING',
    file: 'src/wire/net/client.ts',
    find: 'if (isAsking) lane.gatherBytes(ASKING, ASKING.length, OURS, dueMs);',
    replace: '',
    caughtBy: ['test/wire/cluster.test.ts', 'a slot that moves during the run is followed, while it moves and after'],
  },
  {
    name: 'a string that comes in pieces loses its beginning',
    file: 'src/wire/resp/reader.ts',
    find: 'if (this.sink.bulk && this.#state === BODY) this.#body.append(chunk, bodyStart, length, LONGEST_BULK);',
    replace: '',
    caughtBy: ['test/wire/resp/reader.test.ts', 'a reply > gives its strings in one piece to whoever wants them'],
  },
  {
    name: 'a load whose clients could not hold the rate is judged all the same',
    file: 'src/steps/load/judge.ts',
    find: 'if (unsent > due * UNSENT_SHARE) {',
    replace: 'if (unsent > due) {',
    caughtBy: ['test/steps/load/judge.test.ts', 'the clients were busy'],
  },
  {
    name: 'keys of a load are in no namespace',
    file: 'src/steps/load/templates.ts',
    find: 'const prefix = after.slice(0, after.length - before.length);',
    replace: "const prefix = '';",
    caughtBy: [
      'test/steps/load/load.test.ts',
      'a load > sends the mix, and counts what came of it by command, reply, code and node',
    ],
  },
];
