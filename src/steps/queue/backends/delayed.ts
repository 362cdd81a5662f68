import type { CallOptions, Connection } from '../../../contracts/redis.js';
import type { QueueKeys } from '../keys.js';
import type { ConsumerOptions, Outcomes, Push } from './backend.js';
import { LeasedBackend, type Source } from './leased.js';
import { NOW } from './lua.js';
import { outcomesOf } from './replies.js';

const SORTED_SET: Source = {
  kind: 'delayed',
  pop: `
local function pop(count)
  local due = redis.call('ZRANGEBYSCORE', main, '-inf', stamp(now), 'LIMIT', 0, count)
  if #due > 0 then redis.call('ZREM', main, unpack(due)) end
  return due
end`,
  first: "local function first() return redis.call('ZRANGE', main, 0, 0)[1] end",
  ready: '0',
  scheduled: '{delayed, main}',
};

/** The members of a set are distinct: taking the same bytes twice for one message would lose the other. */
const PUSH = `${NOW}
if redis.call('ZADD', KEYS[1], 'NX', stamp(now + ARGV[2]), ARGV[1]) == 0 then
  return redis.error_reply('DUPLICATE a message with the same bytes is waiting, and a sorted set holds it only once')
end
`;

/** A sorted set of messages by due time. */
export class DelayedBackend extends LeasedBackend {
  constructor(keys: QueueKeys, { visibilityMs }: ConsumerOptions) {
    super(SORTED_SET, keys, visibilityMs);
  }

  push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes> {
    const call = ({ payload, delayMs }: Push) => connection.script(PUSH, [this.main], [payload, delayMs], options);
    return outcomesOf(messages.map(call));
  }
}
