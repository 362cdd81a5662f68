import type { Argument } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError, TargetError } from '../../errors.js';
import { Text } from '../../wire/command/hole.js';
import type { Mix } from '../../wire/command/mix.js';
import { CommandTemplate } from '../../wire/command/template.js';
import type { Journal } from '../../wire/plan.js';
import { decodeReply, splitError } from '../../wire/resp/decode.js';
import type { ReplyKind } from '../../wire/resp/reader.js';
import { sendBulk } from '../bulk/send.js';
import type { ErrorValue } from '../replies.js';
import type { StreamLog } from './log.js';

export interface Entries {
  /** The command up to the entry's id. */
  readonly start: readonly Argument[];
  /** Fields of each, by their numbers. */
  entry(index: number): Readonly<Record<string, string>>;
  readonly count: number;
  readonly log: StreamLog;
}

/** Adds many entries, and gives their ids. Raises the first refusal, or that an outcome is unknown. */
export async function addBulk({ start, entry, count, log }: Entries, context: StepContext): Promise<string[]> {
  const journal = new EntryJournal(start, entry, log);
  const { mix } = journal;
  // A connection that breaks, and the step's own time limit, end it.
  const ends = { onDisconnect: 'stop', replyTimeoutMs: undefined } as const;
  try {
    await sendBulk({ producers: 1, total: count, mix, journal, ...ends }, context);
  } catch (error) {
    if (!journal.hasUnknown || context.signal.aborted || error instanceof TargetError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const message = `the connection broke before XADD was answered: ${why}`;
    throw new OutcomeUnknown('CONNECTION', message, true, { cause: error });
  }
  if (journal.error) throw new ReplyError(journal.error.code, journal.error.message);
  return journal.ids;
}

interface Sent {
  readonly fields: Readonly<Record<string, string>>;
  readonly at: number;
  /** Which of the templates. */
  readonly shape: number;
}

/** Entries are named by their ids, so that each is recorded when it has been answered. */
class EntryJournal implements Journal {
  readonly ids: string[] = [];
  /** The first refusal. */
  error: ErrorValue | undefined;
  hasUnknown = false;
  /** One command for all entries whose fields have the same names. */
  readonly #templates: CommandTemplate[] = [];
  readonly #shapes = new Map<string, number>();
  readonly #inFlight = new Map<number, Sent>();
  readonly mix: Mix = { templates: this.#templates, pick: (index) => this.#inFlight.get(index)!.shape };

  constructor(
    private readonly start: readonly Argument[],
    private readonly entry: Entries['entry'],
    private readonly log: StreamLog,
  ) {}

  /** After a refusal nothing more is sent. */
  get isOver(): boolean {
    return this.error !== undefined;
  }

  sending(index: number, now: number): void {
    const fields = this.entry(index);
    this.#inFlight.set(index, { fields, at: now, shape: this.#shapeOf(Object.keys(fields)) });
  }

  answered(index: number, _: number, kind: ReplyKind, bytes: Buffer, start: number, end: number): void {
    if (kind === 'error') {
      const error = splitError(bytes, start, end);
      this.error ??= error;
      this.#settle(index, error);
      return;
    }
    const id = String(decodeReply(bytes.subarray(start, end)));
    this.ids.push(id);
    this.#settle(index, id);
  }

  lost(index: number): void {
    this.hasUnknown = true;
    this.#settle(index, undefined);
  }

  #settle(index: number, outcome: string | ErrorValue | undefined): void {
    const { fields, at } = this.#inFlight.get(index)!;
    this.#inFlight.delete(index);
    this.log.added(outcome, fields, at);
  }

  #shapeOf(names: readonly string[]): number {
    const shape = names.join('\0');
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const fields = names.flatMap((name) => [name, [new Text((index) => this.#inFlight.get(index)!.fields[name]!)]]);
    const number = this.#templates.push(new CommandTemplate([...this.start, ...fields], 1)) - 1;
    this.#shapes.set(shape, number);
    return number;
  }
}
