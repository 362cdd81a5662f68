import type { Mutation } from './mutation.js';

const FAN_OUT = 'test/checkers/fan-out.test.ts';

const onFanOut: readonly Mutation[] = [
  {
    name: 'a subscriber is owed only what was published after it had subscribed',
    file: 'src/checkers/account.ts',
    find: '        if (acknowledged) this.owed++;',
    replace: [
      '        if (publications.sentAt(publication) < this.subscriber.subscriptions[number]!.since) continue;',
      '        if (acknowledged) this.owed++;',
    ].join('\n'),
    caughtBy: 'scenarios/pubsub-losses.yaml',
  },
  {
    name: 'what a subscriber may not have read is lost',
    file: 'src/checkers/account.ts',
    find: 'acknowledged && publications.endedAt(publication) > this.subscriber.caughtUpAt',
    replace: 'acknowledged && publications.endedAt(publication) < 0',
    caughtBy: [FAN_OUT, "fan-out > 'unknown': 'what a subscriber misses that may not…'"],
  },
  {
    name: 'a message that matches two patterns is owed once',
    file: 'src/checkers/account.ts',
    find: '(subscription.covers(channel) ? [number] : [])),',
    replace: '(subscription.covers(channel) ? [number] : [])).slice(0, 1),',
    caughtBy: [FAN_OUT, "fan-out > 'failed': 'a message that matches two patterns i…'"],
  },
  {
    name: 'a publish that the server refused is owed',
    file: 'src/checkers/publications.ts',
    find: "fail: 'refused',",
    replace: "fail: 'acknowledged',",
    caughtBy: [FAN_OUT, "fan-out > 'passed': 'a publish that the server refused is …'"],
  },
];

const onHistories: readonly Mutation[] = [
  {
    name: 'a view of a history grows while it is read',
    file: 'src/history/recorder.ts',
    find: 'events: () => read(0, size),',
    replace: 'events: () => read(0, chunks.rows),',
    caughtBy: [
      'test/history/recorder.test.ts',
      "many events 'in memory' > a view stays what it was while recording goes on",
    ],
  },
  {
    name: 'the ids p-1 and p-01 are one message',
    file: 'src/history/messages.ts',
    find: 'return digits > 1 && id.charCodeAt(at) === ZERO ? 0 : digits;',
    replace: 'return digits;',
    caughtBy: ['test/history/messages.test.ts', 'Messages > by their text'],
  },
];

export const historyMutations: readonly Mutation[] = [...onFanOut, ...onHistories];
