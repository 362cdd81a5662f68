import type { CheckedEvent } from '../../contracts/checker.js';
import type { StepContext } from '../../contracts/step.js';
import { showEvents } from '../../history/give-way.js';
import { decodeLetter } from '../queue/dead-letter.js';
import { decodeMessage } from '../queue/envelope.js';
import { contentOf, type Identities } from '../queue/identities.js';
import type { Payload } from '../queue/payload.js';
import { registryOf } from '../queue/registry.js';

/** A name of what nobody pushed is cut here. */
const LONGEST_NAME = 80;

/** Tells which of the messages pushed into a queue something is that lies in a key, by whatever names it. */
export class KnownNames {
  readonly #known = new Set<string>();
  readonly #ranks = new Map<string, number>();
  readonly #identities: Identities;

  private constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** Of what was pushed up to now. */
  static async of(queue: string, context: StepContext): Promise<KnownNames> {
    const names = new KnownNames(registryOf(context).queue(queue).identities);
    const history = context.recorded();
    const add = ({ operation, target, message }: CheckedEvent): void => {
      if (operation === 'push' && target === queue) names.#known.add(history.idOf(message));
    };
    await showEvents(history.events(), add, context.signal);
    return names;
  }

  /** The stream's entry id, the text itself, the envelope's id, what `identity` gives, or the content, in this order. */
  nameOf(payload: Payload, entry = ''): string {
    return this.#recognize(payload, entry) ?? String(payload).slice(0, LONGEST_NAME);
  }

  /** Of a thing with several texts (the field and the value of a hash): the first that names a message. */
  nameOfAny(candidates: readonly Payload[]): string {
    for (const candidate of candidates) {
      const name = this.#recognize(candidate, '');
      if (name !== undefined) return name;
    }
    return this.nameOf(candidates[0] ?? '');
  }

  #recognize(payload: Payload, entry: string): string | undefined {
    if (this.#known.has(entry)) return entry;
    if (typeof payload === 'string' && this.#known.has(payload)) return payload;
    const { envelope, body } = decodeMessage(decodeLetter(payload).message);
    if (envelope && this.#known.has(envelope.id)) return envelope.id;
    const name = this.#identities.nameByExpression(body);
    if (name !== undefined && this.#known.has(name)) return name;
    return this.#byContent(body);
  }

  /** Of several with equal content each is found once; one that is found too often is the last of them again. */
  #byContent(body: Payload): string | undefined {
    const content = contentOf(body);
    const rank = this.#ranks.get(content) ?? 0;
    for (let known = rank; known >= 0; known--) {
      const name = `${content}-${known}`;
      if (!this.#known.has(name)) continue;
      this.#ranks.set(content, known + 1);
      return name;
    }
    return undefined;
  }
}
