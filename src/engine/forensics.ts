import type { CaseForensics } from '../contracts/event.js';
import type { Forensics, KeyState } from '../contracts/forensics.js';
import { type Verdict, worstVerdict } from '../contracts/result.js';
import { cutText, isMap } from '../format/value.js';
import { captureClients, captureForensics, type Source, type Subject } from '../redis/forensics/capture.js';
import type { Infos } from '../redis/forensics/server.js';
import { addressOf } from '../redis/url.js';
import { encodeValue } from './encode.js';
import type { CaseEnvironment } from './environment.js';
import type { CaseSession } from './session.js';

/** Looks at the server once a case has gone wrong, and tells of it once that is certain. */
export class Witness {
  #clients: Forensics['clients'] = [];
  #seen: Promise<Forensics | undefined> | undefined;

  constructor(
    private readonly session: CaseSession,
    private readonly environment: CaseEnvironment,
    private readonly subject: () => Omit<Subject, 'before' | 'ours'>,
  ) {}

  /** While workers and subscribers still have their connections. */
  async glance(): Promise<void> {
    const { session, environment } = this;
    if (!environment.infos || environment.signal.aborted || !isBad(worstVerdict(session.verdicts))) return;
    const clients = await captureClients(sourceOf(environment), this.subject().ownName);
    if (clients) this.#clients = clients;
    // Nobody answers, and is not waited for twice.
    else this.#seen = Promise.resolve(undefined);
  }

  /** Before the teardown, which may remove what is of interest. A case that has judged nothing yet may still do so there. */
  async look(): Promise<void> {
    const { verdicts, judgements } = this.session;
    if (judgements === 0 || isBad(worstVerdict(verdicts))) await this.#capture();
  }

  /** A case whose teardown alone went wrong is looked at now. */
  async tell(verdict: Verdict): Promise<void> {
    if (!isBad(verdict)) return;
    const forensics = await this.#capture();
    if (!forensics) return;
    const { session, environment } = this;
    environment.emit({
      type: 'case.forensics',
      time: session.clock.wallTime(),
      case: session.reference.id,
      forensics: encodeValue(forensics) as Forensics, // as plain JSON it has the same shape
    });
  }

  #capture(): Promise<Forensics | undefined> | undefined {
    const { signal, infos } = this.environment;
    // Who interrupts a run wants its end.
    if (infos && !signal.aborted) this.#seen ??= this.#ask(infos);
    return this.#seen;
  }

  async #ask(infos: Promise<Infos>): Promise<Forensics | undefined> {
    const { environment } = this;
    const subject = { ...this.subject(), ours: environment.target.ours, before: await infos };
    const seen = await captureForensics(sourceOf(environment), subject);
    return seen && this.#clients.length > 0 ? { ...seen, clients: this.#clients } : seen;
  }
}

const sourceOf = ({ target, facts, shared }: CaseEnvironment): Source => ({
  address: addressOf(target),
  ...(facts.topology === 'cluster' && { cluster: shared }),
});

const isBad = (verdict: Verdict): boolean => verdict !== 'passed' && verdict !== 'skipped';

/** Characters that an entry of a key, a command and the name of a key may take. */
const LONGEST = 256;

/**
 * Within bounds. Cut only now, without secrets: half a secret would not be known for one.
 */
export function cutForensics(event: CaseForensics): CaseForensics {
  const { forensics } = event;
  const keys = forensics.keys.map(
    (state): KeyState => ({
      ...state,
      key: cut(state.key),
      first: state.first.map(cutEntry),
      last: state.last.map(cutEntry),
    }),
  );
  const slow = forensics.slow.map((entry) => ({ ...entry, command: cut(entry.command) }));
  return { ...event, forensics: { ...forensics, keys, slow } };
}

const cut = (text: string, length = LONGEST): string => (text.length > length ? `${cutText(text, length)}…` : text);

/** The first characters of a list or mapping are those of its first items. */
function cutEntry(entry: unknown): unknown {
  let room = LONGEST;
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = cut(value, Math.max(0, room));
      room -= text.length;
      return text;
    }
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) {
        if (room <= 0) return [...items, '…'];
        items.push(walk(item));
      }
      return items;
    }
    if (!isMap(value)) {
      room--;
      return value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  return walk(entry);
}
