import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/contracts/redis.js';
import { systemClock } from '../../../src/engine/clock.js';
import { OutcomeUnknown, ReplyError } from '../../../src/errors.js';
import { Redrive } from '../../../src/steps/dlq/redriving.js';
import { PAYLOAD, PROGRAMS } from './layouts/programs.js';
import { all, idsOf, Room } from './layouts/room.js';

const room = new Room();
const IDS = ['a1', 'b2', 'c3', 'd4'];

type Death = 'before the server had it' | 'before the answer came';

/** A connection that dies at its nth exchange; `slots`: the server also refuses scripts over two queues. */
class Dying {
  exchanges = 0;
  dead = false;

  constructor(
    private readonly redis: Connection,
    private readonly nth: number,
    private readonly death: Death,
    private readonly slots: boolean,
  ) {}

  connection(): Connection {
    const { redis } = this;
    return {
      id: redis.id,
      call: (...args) => this.#exchange(() => redis.call(...args)),
      pipeline: (...args) => this.#exchange(() => redis.pipeline(...args)),
      transaction: (...args) => this.#exchange(() => redis.transaction(...args)),
      script: (lua, keys, args, options) =>
        this.#exchange(() => {
          if (this.slots && keys.length > 1) throw new ReplyError('CROSSSLOT', 'keys of two slots');
          return redis.script(lua, keys, args, options);
        }),
      nodes: (...args) => redis.nodes(...args),
      destroy: () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async #exchange<T>(send: () => Promise<T>): Promise<T> {
    if (this.dead) throw new OutcomeUnknown('CONNECTION', 'the connection is closed', false);
    this.dead = this.exchanges++ === this.nth;
    if (!this.dead) return await send();
    if (this.death === 'before the answer came') await send().catch(() => {});
    throw new OutcomeUnknown('CONNECTION', 'the connection broke', true);
  }
}

const CASES = PROGRAMS.flatMap((program) =>
  (['before the server had it', 'before the answer came'] as const).flatMap((death) => {
    const isOwn = ['list', 'stream', 'delayed'].includes(program.layout);
    return [false, ...(isOwn ? [true] : [])].map((slots) => ({ program, layout: program.layout, death, slots }));
  }),
);

describe('a connection that dies at any command of a redrive', () => {
  test.each(CASES)('$layout, $death, two slots $slots: nothing is lost', async ({ program, death, slots }) => {
    for (let nth = 0; ; nth++) {
      await program.bury(room.redis, room.prefix, IDS);
      const dying = new Dying(room.redis, nth, death, slots);
      const outcome = await redrive(dying.connection());

      const dead = idsOf(await all(room.open(program)));
      const waiting = await program.waiting(room.redis, room.prefix);
      const everywhere = [...dead, ...waiting.map(({ id }) => id)];
      expect(new Set(everywhere), `death at exchange ${nth}`).toEqual(new Set(IDS));
      // One script moves it, so none is there twice; over two slots the one in hand may be, under its own id.
      expect(everywhere.length - IDS.length).toBeLessThanOrEqual(slots ? 1 : 0);
      for (const { payload, redriveCount } of waiting) expect([payload, redriveCount]).toEqual([PAYLOAD, 1]);

      // Running again moves the rest.
      expect(await redrive(room.redis)).toBe('done');
      expect(new Set((await program.waiting(room.redis, room.prefix)).map(({ id }) => id))).toEqual(new Set(IDS));
      expect(await room.open(program).length()).toBe(0);

      await room.redis.call(['DEL', ...(await room.keys())]);
      if (outcome === 'done') {
        expect(nth).toBeGreaterThan(IDS.length);
        return;
      }
    }

    async function redrive(connection: Connection): Promise<'done' | 'died'> {
      const queue = room.open(program, connection);
      const request = {
        chosen: () => true,
        to: undefined,
        max: Number.POSITIVE_INFINITY,
        rate: undefined,
        stopAbove: undefined,
        settleMs: 0,
      };
      const work = new Redrive(queue, request, { clock: systemClock, signal: new AbortController().signal });
      try {
        await work.survey();
        await work.run();
        expect(work.moved).toBe(work.planned);
        return 'done';
      } catch (error) {
        expect(error).toBeInstanceOf(OutcomeUnknown);
        return 'died';
      }
    }
  });
});
