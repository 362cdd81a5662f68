import type { Reply } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { Store } from '../queue/backends/store.js';
import { type Payload, payloadOf } from '../queue/payload.js';
import { untilStepEnds } from '../replies.js';

/** Everything in a key of any type, each with the texts that may name it; of a hash its field and its value. */
export async function* readAny(key: string, context: StepContext): AsyncGenerator<readonly Payload[]> {
  const options = untilStepEnds(context);
  const type = await context.redis.call(['TYPE', key], options);
  switch (type) {
    case 'none':
      return;
    case 'list':
    case 'stream':
    case 'zset': {
      const kind = type === 'zset' ? 'delayed' : type;
      for await (const { payload } of new Store(kind, key, context.redis, options).entries()) yield [payload];
      return;
    }
    case 'set':
      yield* scan('SSCAN', key, 1, context);
      return;
    case 'hash':
      yield* scan('HSCAN', key, 2, context);
      return;
    default:
      throw new ReplyError(
        'WRONGTYPE',
        `${context.namespace.reply(key)} holds a ${String(type)}, in which no messages can lie`,
      );
  }
}

/** A scan may give an element twice; the texts before `width` of each element tell. */
async function* scan(
  command: 'SSCAN' | 'HSCAN',
  key: string,
  width: 1 | 2,
  context: StepContext,
): AsyncGenerator<readonly Payload[]> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const reply = await context.redis.call([command, key, cursor, 'COUNT', 1_000], untilStepEnds(context));
    const [next, page] = reply as readonly [Reply, readonly Reply[]]; // the reply of every SCAN
    cursor = String(next);
    for (let at = 0; at < page.length; at += width) {
      const element = page.slice(at, at + width).map(payloadOf);
      const name = Buffer.from(element[0]!).toString('base64');
      if (seen.has(name)) continue;
      seen.add(name);
      yield element;
    }
  } while (cursor !== '0');
}
