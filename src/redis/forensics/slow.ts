import type { Forensics } from '../../contracts/forensics.js';
import type { Node, Reply } from '../../contracts/redis.js';
import { type Inquiry, listOf, numberOf, textOf } from './inquiry.js';
import type { Info } from './server.js';

const ASKED = 128;
const SHOWN = 10;
const SECOND_MS = 1_000;

type SlowCommand = Forensics['slow'][number];

interface SlowOptions {
  /** How long ago the case began. */
  readonly elapsedMs: number;
  /** Whether all that a command says may be told; else its name alone. */
  readonly isOwn: (clientName: string, args: readonly string[]) => boolean;
  readonly inquiry: Inquiry;
}

/** SLOWLOG of a node since the case began, to the second that the server counts in. */
export async function listSlow(node: Node, info: Info | undefined, options: SlowOptions): Promise<SlowCommand[]> {
  const reply = await options.inquiry.ask(node, ['SLOWLOG', 'GET', ASKED]);
  // By the server's own clock.
  const now = Number(info?.get('server_time_usec')) / 1_000;
  return listOf(reply).flatMap((entry) => {
    const [, time, microseconds, args, , client = ''] = listOf(entry);
    const agoMs = now - (numberOf(time) ?? 0) * SECOND_MS;
    if (!(agoMs <= options.elapsedMs + SECOND_MS) || client === CAPTURING) return [];
    const words = listOf(args).map(wordOf);
    const command = options.isOwn(textOf(client), words) ? words.join(' ') : `${words[0] ?? ''} …`;
    return [{ command, ms: (numberOf(microseconds) ?? 0) / 1_000, agoMs: Math.max(0, Math.round(agoMs)) }];
  });
}

export const slowestOf = (entries: readonly SlowCommand[]): SlowCommand[] =>
  [...entries].sort((a, b) => b.ms - a.ms).slice(0, SHOWN);

/** The client that asks all this. */
export const CAPTURING = 'redrill:forensics';

/** What the server itself has cut may end in a part of a secret, which nothing would blank out. */
const wordOf = (argument: Reply): string => {
  const text = textOf(argument);
  return /\.\.\. \(\d+ more (?:bytes|arguments)\)$/.test(text) ? '…' : text;
};
