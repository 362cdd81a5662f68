import type { Argument } from '../contracts/redis.js';
import { ScenarioError } from '../errors.js';

/** Which forms of a command a rule means: all of it, some subcommands, or all but some. */
type Forms = 'all' | { readonly only: readonly string[] } | { readonly except: readonly string[] };
type Rules = ReadonlyMap<string, Forms>;

const only = (...subcommands: string[]): Forms => ({ only: subcommands });
const except = (...subcommands: string[]): Forms => ({ except: subcommands });

/** What other cases on the same server would suffer from. */
const WHOLE_SERVER: Rules = new Map<string, Forms>([
  ['acl', except('cat', 'dryrun', 'genpass', 'getuser', 'help', 'list', 'log', 'users', 'whoami')],
  ['backup', except('help', 'list', 'status')],
  ['bgrewriteaof', 'all'],
  ['bgsave', 'all'],
  ['client', only('kill', 'pause', 'unpause')],
  [
    'cluster',
    except(
      'count-failure-reports',
      'countkeysinslot',
      'getkeysinslot',
      'help',
      'info',
      'keyslot',
      'links',
      'myid',
      'myshardid',
      'nodes',
      'replicas',
      'shards',
      'slaves',
      'slot-stats',
      'slots',
    ),
  ],
  ['commandlog', only('reset')],
  ['config', except('get', 'help')],
  ['debug', 'all'],
  ['failover', 'all'],
  ['flushall', 'all'],
  ['flushdb', 'all'],
  ['function', except('dump', 'help', 'list', 'stats')],
  ['hotkeys', except('get', 'help')],
  ['latency', only('reset')],
  ['memory', only('purge')],
  ['module', except('help', 'list')],
  ['replicaof', 'all'],
  ['save', 'all'],
  ['script', except('exists', 'help', 'load', 'show')],
  ['shutdown', 'all'],
  ['slaveof', 'all'],
  ['slowlog', only('reset')],
  ['swapdb', 'all'],
  ['trimslots', 'all'],
]);

/** What hurts nobody but a server that others depend on. */
const HEAVY: Rules = new Map<string, Forms>([
  ['client', only('no-evict')],
  ['keys', 'all'],
  ['migrate', 'all'],
  ['pfdebug', 'all'],
  ['pfselftest', 'all'],
  ['restore-asking', 'all'],
]);

const SUBSCRIBE_NEXT = 'use pubsub.subscribe, whose subscribers have connections of their own';
const NO_SUBSCRIPTION_NEXT = 'stop the subscriber of pubsub.subscribe instead';

/** What would leave a connection that no longer answers each command with one reply in RESP3; and what to do instead. */
const UNUSABLE: ReadonlyMap<string, readonly [why: string, next: string]> = new Map([
  ['subscribe', ['a connection that sends commands cannot subscribe', SUBSCRIBE_NEXT]],
  ['psubscribe', ['a connection that sends commands cannot subscribe', SUBSCRIBE_NEXT]],
  ['ssubscribe', ['a connection that sends commands cannot subscribe', SUBSCRIBE_NEXT]],
  ['unsubscribe', ['a connection that sends commands has no subscriptions', NO_SUBSCRIPTION_NEXT]],
  ['punsubscribe', ['a connection that sends commands has no subscriptions', NO_SUBSCRIPTION_NEXT]],
  ['sunsubscribe', ['a connection that sends commands has no subscriptions', NO_SUBSCRIPTION_NEXT]],
  ['monitor', ['its stream could not be told from replies', 'look at SLOWLOG GET, or at INFO commandstats']],
  ['sync', ['its stream could not be told from replies', 'leave it to replicas']],
  ['psync', ['its stream could not be told from replies', 'leave it to replicas']],
  ['replconf', ['it makes the connection a replica', 'leave it to replicas']],
  ['client reply', ['replies could no longer be told apart', 'leave it out']],
  ['hello 2', ['replies are read in the types of RESP3', 'use HELLO 3, or HELLO alone']],
  ['reset', ['it takes the connection back to RESP2', 'give the step a `connection` of its own instead']],
]);

/** The first two, in lower case. */
interface CommandWords {
  readonly name: string;
  readonly subcommand: string;
}

function wordsOf(args: readonly Argument[]): CommandWords {
  return { name: textOf(args[0] ?? '').toLowerCase(), subcommand: textOf(args[1] ?? '').toLowerCase() };
}

/** An argument as text, byte by byte when it is bytes: words of commands are ASCII. */
export function textOf(argument: Argument): string {
  return argument instanceof Uint8Array ? Buffer.from(argument).toString('latin1') : String(argument);
}

/** In upper case. */
export const nameOf = (command: readonly Argument[]): string => textOf(command[0] ?? '').toUpperCase();

function matches(rules: Rules, { name, subcommand }: CommandWords): boolean {
  const forms = rules.get(name);
  if (forms === undefined) return false;
  if (forms === 'all') return true;
  return 'only' in forms ? forms.only.includes(subcommand) : !forms.except.includes(subcommand);
}

/** Whether other cases on the same server would suffer, so that the case needs one of its own. */
export function actsOnWholeServer(args: readonly Argument[]): boolean {
  const words = wordsOf(args);
  if (words.name === 'acl' && words.subcommand === 'log') return textOf(args[2] ?? '').toLowerCase() === 'reset';
  return matches(WHOLE_SERVER, words);
}

/** What is to be raised for a command after which no connection could be used, whatever the server. */
export function refuseUnusable(args: readonly Argument[]): ScenarioError | undefined {
  const { name, subcommand } = wordsOf(args);
  const command = [name, `${name} ${subcommand}`].find((words) => UNUSABLE.has(words));
  if (command === undefined) return undefined;
  const [why, next] = UNUSABLE.get(command)!;
  return refusal(command, why, next);
}

/** Raises a ScenarioError for a command that must not be sent: to any server, or to one that this run did not start. */
export function assertAllowed(
  args: readonly Argument[],
  server: { readonly ours: boolean; readonly shared?: boolean },
): void {
  const unusable = refuseUnusable(args);
  if (unusable) throw unusable;
  const words = wordsOf(args);
  for (const inside of commandsInScript(args, words)) assertAllowed(inside, server);
  const forAll = actsOnWholeServer(args);
  if (server.ours ? !(forAll && server.shared) : !(forAll || matches(HEAVY, words))) return;
  const forms = WHOLE_SERVER.get(words.name) ?? HEAVY.get(words.name);
  const command = forms === 'all' ? words.name : `${words.name} ${words.subcommand}`;
  if (server.ours) throw refusal(command, 'other cases of this run share the server', 'set `server: own`');
  throw refusal(
    command,
    'this run did not start the server, and others may be using it',
    words.name === 'keys' ? 'use SCAN' : 'run the scenario on a managed server',
  );
}

const CALL = /\b(?:redis|server)\s*\.\s*(p?)call\s*\(\s*(['"])([a-z_.]+)\2(?:\s*,\s*(['"])([a-z-]+)\4)?/gi;

/** The commands that the text of a Lua script names; a name that the script makes up at run time is not seen. */
function commandsInScript(args: readonly Argument[], { name, subcommand }: CommandWords): string[][] {
  const loads = name === 'script' && subcommand === 'load';
  if (!loads && name !== 'eval' && name !== 'eval_ro') return [];
  return callsIn(textOf(args[loads ? 2 : 1] ?? '')).map(({ words }) => words);
}

const callsIn = (lua: string) =>
  [...lua.matchAll(CALL)].map(([, p, , command = '', , form = '']) => ({ words: [command, form], raises: p === '' }));

/** The commands that a Lua script names, and whether it ends when one is refused. */
export const scriptCalls = (lua: string): readonly { readonly name: string; readonly raises: boolean }[] =>
  callsIn(lua).flatMap(({ words: [command = '', form = ''], raises }) => {
    const name = commandName(command, form === '' ? undefined : form);
    return name === undefined ? [] : [{ name, raises }];
  });

const WITH_SUBCOMMANDS = new Set(
  'ACL BACKUP CLIENT CLUSTER COMMAND COMMANDLOG CONFIG FUNCTION HOTKEYS LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO'.split(
    ' ',
  ),
);

/** `GET`, `CLIENT KILL`; undefined for `CLIENT` alone, which says nothing of what is wanted. */
export function commandName(first: Argument, second?: Argument): string | undefined {
  const name = textOf(first).toUpperCase();
  if (!WITH_SUBCOMMANDS.has(name)) return name;
  return second === undefined ? undefined : `${name} ${textOf(second).toUpperCase()}`;
}

const refusal = (command: string, why: string, next: string): ScenarioError =>
  new ScenarioError(`${command.toUpperCase()} is refused: ${why}`, { next });

/** What a connection remembers of commands like these would change what the next user sees. */
const STATE = new Set(
  'AUTH ASKING CLIENT CLUSTER DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE PSYNC PUNSUBSCRIBE QUIT READONLY READWRITE REPLCONF RESET SCRIPT SELECT SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC UNSUBSCRIBE UNWATCH WAIT WAITAOF WATCH'.split(
    ' ',
  ),
);

/** `name` in upper case. */
export const keepsState = (name: string): boolean => STATE.has(name);
