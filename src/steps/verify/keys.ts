import { Bytes, Milliseconds, Nullable, Total, Type } from '../../contracts/fields.js';
import type { Argument, Reply } from '../../contracts/redis.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { payloadOf } from '../queue/payload.js';
import { findError, raiseError, untilStepEnds } from '../replies.js';

/** Keys looked at in one round trip. */
const PAGE = 1_000;

/** Names that the result shows. */
const SHOWN = 10;

export const verifyKeys = defineStep({
  name: 'verify.keys',
  summary:
    'Looks at the keys whose names match a pattern: how many, how long they live, and how much memory they take.',
  effect: 'looks',
  commands: ['SCAN', 'PTTL'],
  input: Type.Object({
    match: Type.String({ minLength: 1, description: 'Pattern of names, as of SCAN: `cache:*`, `user:?[0-9]`.' }),
  }),
  result: Type.Object({
    matched: Total('Keys whose names match; with none the step proves nothing.'),
    withoutTtl: Total('Those that never expire.'),
    ttl: Nullable(
      Type.Object(
        {
          min: Milliseconds({ description: 'The shortest time left.' }),
          max: Milliseconds({ description: 'The longest time left.' }),
          distinct: Total('Different seconds in which keys expire; few of them make a stampede.'),
        },
        { description: 'Of the keys that expire; null where none does.' },
      ),
    ),
    memory: Nullable(
      Bytes({ description: 'MEMORY USAGE of all in sum, of large ones estimated; null where the server refuses it.' }),
    ),
    sample: Type.Array(Type.String(), { description: 'The first ten names.' }),
  }),
  examples: [{ match: 'cache:*' }],
  async run({ match }, context) {
    const look = new Look(context);
    for await (const names of matchingKeys(context.namespace.prefix + match, context)) await look.at(names);
    return look.result();
  },
  judge: ({ matched }, { match }) =>
    matched > 0
      ? undefined
      : {
          verdict: 'unknown',
          message: `no key matches ${match}, so nothing is known of such keys`,
          next: 'correct the pattern; that a key is gone is proven by `command: EXISTS key` and `expect: 0`',
        },
});

/** Page by page, node by node; a scan may give a name twice. */
async function* matchingKeys(pattern: string, context: StepContext): AsyncGenerator<readonly Argument[]> {
  const seen = new Set<string>();
  const options = untilStepEnds(context);
  for (const node of await context.redis.nodes(options)) {
    let cursor = '0';
    do {
      const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', PAGE];
      // The next cursor, and names.
      const [next, page] = (await node.call(command, options)) as readonly [Reply, Reply[]];
      cursor = String(next);
      const names = page.map(payloadOf).filter((name) => {
        const text = typeof name === 'string' ? name : Buffer.from(name).toString('base64');
        return !seen.has(text) && seen.add(text);
      });
      if (names.length > 0) yield names;
    } while (cursor !== '0');
  }
}

/** What was seen so far. */
class Look {
  #matched = 0;
  #withoutTtl = 0;
  #memory: number | null = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  readonly #seconds = new Set<number>();
  readonly #sample: string[] = [];
  readonly #startedAt: number;

  constructor(private readonly context: StepContext) {
    this.#startedAt = context.clock.now();
  }

  async at(names: readonly Argument[]): Promise<void> {
    const { redis } = this.context;
    const options = untilStepEnds(this.context);
    const ttls = raiseError(
      await redis.pipeline(
        names.map((name) => ['PTTL', name]),
        options,
      ),
    );
    for (const [at, name] of names.entries()) this.#add(name, Number(ttls[at]));
    if (this.#memory === null) return;
    const sizes = await redis.pipeline(
      names.map((name) => ['MEMORY', 'USAGE', name]),
      options,
    );
    // Refused by name, by an ACL, or by a managed service: then for all keys.
    if (findError(sizes)) this.#memory = null;
    else for (const size of sizes) this.#memory += Number(size ?? 0);
  }

  result() {
    const distinct = this.#seconds.size;
    return {
      matched: this.#matched,
      withoutTtl: this.#withoutTtl,
      ttl: distinct === 0 ? null : { min: this.#min, max: this.#max, distinct },
      memory: this.#memory,
      sample: this.#sample,
    };
  }

  #add(name: Argument, ttl: number): void {
    // It expired since it was found.
    if (ttl === -2) return;
    this.#matched++;
    if (this.#sample.length < SHOWN) this.#sample.push(this.#shown(name));
    if (ttl === -1) this.#withoutTtl++;
    else {
      this.#min = Math.min(this.#min, ttl);
      this.#max = Math.max(this.#max, ttl);
      // Rounded as TTL does, from one moment: keys that expire together shall not differ by when they were looked at.
      this.#seconds.add(Math.round((ttl + this.context.clock.now() - this.#startedAt) / 1_000));
    }
  }

  #shown(name: Argument): string {
    const text = typeof name === 'object' ? Buffer.from(name).toString() : String(name);
    return this.context.namespace.reply(text);
  }
}
