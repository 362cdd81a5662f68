import type { Reply } from '../../../contracts/redis.js';
import type { Order } from '../../queue/backends/store.js';
import { type Payload, payloadOf } from '../../queue/payload.js';
import { raiseError } from '../../replies.js';
import type { Access } from './layout.js';

export interface Member {
  readonly member: Payload;
  readonly score: number;
}

/** Members read at once, and of the first page, so that whoever wants a few does not pay for many. */
const PAGE = 200;
const FIRST_PAGE = 8;

/** A sorted set of dead letters, or of the ids of dead letters, by score. */
export class SortedSet {
  #taken = 0;

  constructor(
    readonly key: string,
    private readonly access: Access,
  ) {}

  async length(): Promise<number> {
    return Number(await this.access.connection.call(['ZCARD', this.key], this.access.options));
  }

  /** What was there when it began, a page at a time. */
  async *pages(order: Order = 'oldest'): AsyncGenerator<readonly Member[]> {
    const all = await this.length();
    const takenBefore = this.#taken;
    const command = order === 'oldest' ? 'ZRANGE' : 'ZREVRANGE';
    for (let read = 0, size = FIRST_PAGE; read < all; size = Math.min(2 * size, PAGE)) {
      const from = read - (this.#taken - takenBefore);
      const to = from + Math.min(size, all - read) - 1;
      const page = members(
        await this.access.connection.call([command, this.key, from, to, 'WITHSCORES'], this.access.options),
      );
      if (page.length === 0) return;
      yield page;
      read += page.length;
    }
  }

  async first(): Promise<Member | undefined> {
    const reply = await this.access.connection.call(['ZRANGE', this.key, 0, 0, 'WITHSCORES'], this.access.options);
    return members(reply)[0];
  }

  /** Runs a script that answers 1 when it took a member out; whoever reads the pages meanwhile need not skip it. */
  async take(lua: string, keys: readonly string[], args: readonly (string | number | Uint8Array)[]): Promise<boolean> {
    const taken = (await this.access.connection.script(lua, [this.key, ...keys], args, this.access.options)) === 1;
    if (taken) this.#taken++;
    return taken;
  }
}

const members = (reply: Reply): Member[] =>
  (Array.isArray(reply) ? (reply as readonly Reply[]) : []).map((pair) => {
    const [member, score] = Array.isArray(pair) ? (pair as readonly Reply[]) : [];
    return { member: payloadOf(member), score: Number(score) };
  });

/** Several reads at once. */
export async function readAll(access: Access, commands: readonly (readonly (string | number)[])[]) {
  return raiseError(await access.connection.pipeline(commands, access.options));
}

/** A hash as fields by name. */
export type Fields = ReadonlyMap<string, Payload>;

export function fieldsOf(reply: Reply | undefined): Fields {
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return new Map();
  return new Map(Object.entries(reply).map(([name, value]) => [name, payloadOf(value)]));
}

export const textField = (fields: Fields, name: string): string => {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
};

/** Null where it is missing, empty or no number. */
export const numberField = (fields: Fields, name: string): number | null => {
  const text = textField(fields, name);
  return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
};
