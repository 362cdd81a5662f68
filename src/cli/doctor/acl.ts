import { ReplyError } from '../../errors.js';
import { type Finding, failed, ok, type Patient, warning } from './patient.js';
import type { Value } from './resp.js';
import type { Command } from './wire.js';

/** A key and a channel under the namespace that every case has. */
const KEY = 'redrill:{doctor}:key';
const CHANNEL = 'redrill:{doctor}:channel';

interface Need {
  readonly what: string;
  /** Never run, but asked for. */
  readonly commands: readonly Command[];
}

const ALWAYS: Need = {
  what: 'every run',
  commands: [
    ['SCAN', 0],
    ['EXISTS', KEY],
    ['UNLINK', KEY],
  ],
};

const FEATURES: readonly Need[] = [
  { what: 'figures of the server', commands: [['INFO', 'server']] },
  {
    what: 'caches',
    commands: [
      ['GET', KEY],
      ['SET', KEY, 1],
      ['PTTL', KEY],
      ['PEXPIRE', KEY, 1],
      ['DEL', KEY],
    ],
  },
  {
    what: 'queues',
    commands: [
      ['EVAL', 'return 1', 1, KEY],
      ['EVALSHA', '0'.repeat(40), 1, KEY],
      ['LPUSH', KEY, 1],
      ['RPOP', KEY],
      ['BLMOVE', KEY, KEY, 'RIGHT', 'LEFT', 0.1],
      ['LRANGE', KEY, 0, 0],
      ['HSET', KEY, 1, 1],
      ['ZADD', KEY, 1, 1],
      ['SADD', KEY, 1],
      ['INCRBY', KEY, 1],
      ['TYPE', KEY],
      ['TIME'],
    ],
  },
  {
    what: 'streams',
    commands: [
      ['XADD', KEY, 'NOMKSTREAM', '*', 1, 1],
      ['XGROUP', 'CREATE', KEY, 1, 0],
      ['XREADGROUP', 'GROUP', 1, 1, 'STREAMS', KEY, '>'],
      ['XACK', KEY, 1, '1-1'],
      ['XAUTOCLAIM', KEY, 1, 1, 0, 0],
      ['XPENDING', KEY, 1],
      ['XINFO', 'STREAM', KEY],
      ['XRANGE', KEY, '-', '+'],
    ],
  },
  {
    what: 'pub/sub',
    commands: [
      ['PUBLISH', CHANNEL, 1],
      ['SUBSCRIBE', CHANNEL],
    ],
  },
];

/** One of them lies on the node of a cluster that is asked, most likely. */
const WRITES: readonly Command[] = Array.from({ length: 48 }, (_, index) => [
  'SET',
  `redrill:{doctor-${index}}:key`,
  1,
]);

/**
 * What the user may run. Commands are queued in a transaction that is thrown away: the server says at once which it
 * refuses, and runs none. What it says of a write tells also whether it takes any: READONLY, OOM, CLUSTERDOWN.
 */
export async function acl(patient: Patient): Promise<Finding> {
  const [begun] = await patient.pipeline([['MULTI']]);
  if (begun instanceof ReplyError) return await withoutTransactions(patient, begun);
  const needs = [ALWAYS, ...FEATURES];
  const asked = needs.flatMap(({ commands }) => commands);
  const replies = await patient.pipeline([...asked, ...WRITES, ['DISCARD']]);
  const writes = replies.slice(asked.length, -1);
  patient.write = writes.find((reply) => !isError(reply, 'MOVED')) ?? writes[0];
  return judge(patient.user, needs, new Map(asked.map((command, index) => [command, replies[index] ?? null])));
}

/** What every run needs can be asked for as it is. */
async function withoutTransactions(patient: Patient, { code }: ReplyError): Promise<Finding> {
  const rest = ['multi', 'exec', 'discard'];
  const [exists] = await patient.pipeline([['EXISTS', KEY]]);
  if (isRefused(exists))
    return failed(
      `EXISTS, MULTI: ${code}`,
      `the user ${patient.user} may not run EXISTS, which every run sends`,
      adviceFor(patient.user, ['exists', ...rest]),
    );
  const cause = `the user ${patient.user} may not run MULTI, so that nothing else could be asked`;
  return warning(`MULTI: ${code}`, cause, adviceFor(patient.user, rest));
}

const isError = (reply: Value | undefined, code: string): reply is ReplyError =>
  reply instanceof ReplyError && reply.code === code;

function judge(user: string, needs: readonly Need[], replies: ReadonlyMap<Command, Value>): Finding {
  const refused = needs.map(({ what, commands }) => ({
    what,
    names: commands.filter((command) => isRefused(replies.get(command))).map(nameOf),
  }));
  const names = refused.flatMap((need) => need.names);
  const all = [...replies.values()];
  const places = [
    ...(all.some((reply) => isError(reply, 'NOPERM') && /\bkeys?\b/.test(reply.message)) ? ['~redrill:*'] : []),
    ...(all.some((reply) => isError(reply, 'NOPERM') && /\bchannels?\b/.test(reply.message)) ? ['&redrill:*'] : []),
  ];
  if (names.length === 0 && places.length === 0) return ok(`${user} may run all that Redrill needs`);
  const rules = [...places, ...names.map((name) => name.toLowerCase())];
  const advice = adviceFor(user, rules);
  const missing = refused.filter((need) => need.names.length > 0);
  const listed = missing.map(({ what, names: some }) => `${some.join(', ')} (${what})`).join('; ');
  const kept =
    places.length === 0
      ? ''
      : `its ${places.map((rule) => (rule.startsWith('~') ? 'keys' : 'channels')).join(' and ')} (redrill:*)`;
  const seen = `${user} may not use ${[kept, listed].filter(Boolean).join('; ')}`;
  return missing[0]?.what === ALWAYS.what || places.includes('~redrill:*')
    ? failed(seen, 'a run needs them', advice)
    : warning(seen, 'what uses them will fail', advice);
}

/** Refused as a command: by the user's rules, or because this server has none of that name. */
const isRefused = (reply: Value | undefined): boolean =>
  (isError(reply, 'NOPERM') && !/\b(?:keys?|channels?)\b/.test(reply.message)) ||
  (isError(reply, 'ERR') && /unknown (?:sub)?command/i.test(reply.message));

const TWO_WORDS = new Set(['XGROUP', 'XINFO', 'CLUSTER']);
const nameOf = ([name, sub]: Command): string => (TWO_WORDS.has(String(name)) ? `${name}|${sub}` : String(name));

function adviceFor(user: string, rules: readonly string[]): string {
  const written = rules.map((rule) => (/^[~&]/.test(rule) ? rule : `+${rule}`));
  return `let it: ACL SETUSER ${user} ${written.join(' ')} (on ElastiCache: in its access string)`;
}

/** For another room of the ladder: a cluster cannot be used without it. */
export const clusterAdvice = (user: string): string => adviceFor(user, ['cluster']);
