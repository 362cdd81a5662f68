import { systemClock } from '../../engine/clock.js';
import { Interrupted, OutcomeUnknown, ReplyError, ScenarioError, TargetError } from '../../errors.js';
import { openConnection } from '../../redis/connection.js';
import { createRedactor } from '../../redis/redact.js';
import { addressOf } from '../../redis/url.js';
import { layoutNamed, layoutOf } from '../../steps/dlq/layouts/index.js';
import type { Access, DeadQueue } from '../../steps/dlq/layouts/layout.js';
import { printDiagnostics } from '../print.js';
import { readProject } from '../project.js';
import { builtinCatalog } from '../registry.js';
import { listenForEnd } from '../signals.js';
import { chooseTarget, type TargetChoice } from '../target.js';
import { backendFlag } from './flags.js';

/** A running system's server, as the commands see it. */
export interface Server {
  readonly access: Access;
  /** Without credentials. */
  readonly address: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Takes what is secret out of a text. */
  redact(text: string): string;
}

/** Opens the server that was named, does the work on it, and gives the exit code. */
export async function onServer(choice: TargetChoice, work: (server: Server) => Promise<number>): Promise<number> {
  const chosen = chooseServer(choice);
  using end = listenForEnd();
  try {
    await using target = await chosen.open(end.signal);
    const redactor = createRedactor(target.secrets);
    await using connection = await openConnection(addressOf(target), { name: 'redrill:dlq' });
    const access: Access = {
      connection,
      // No signal: what was sent is answered, so that nobody has to wonder whether it was done.
      options: {},
      keyOf: (queue) => queue,
      wallTime: systemClock.wallTime,
    };
    const { address } = target;
    try {
      return await work({ access, address, signal: end.signal, redact: (text) => redactor.text(text) });
    } catch (error) {
      throw explained(error, address);
    }
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  }
}

/** A running system must be named: a command that purges goes to no server by default. */
function chooseServer(choice: TargetChoice) {
  if (choice.url === undefined && choice.target === undefined) {
    throw new ScenarioError('which server is not said', {
      next: 'name it with --url redis://host:6379 or --target NAME',
    });
  }
  const { project, diagnostics } = readProject(builtinCatalog(), process.cwd());
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    throw new ScenarioError('the configuration is invalid');
  }
  const chosen = chooseTarget(choice, project);
  if (chosen.kind !== 'managed') return chosen;
  throw new ScenarioError(
    `the target "${choice.target}" is a server that a run starts for itself: it has no dead letters`,
    {
      next: 'name a running one with --url redis://host:6379 or --target NAME',
    },
  );
}

/** What the server answers is no bug of ours. */
function explained(error: unknown, address: string): unknown {
  if (error instanceof ReplyError) {
    const said = error.code === 'REFUSED' ? error.message : `${address} answered ${error.code} ${error.message}`;
    return new TargetError(said, { cause: error, ...nextOf(error.code) });
  }
  return error instanceof OutcomeUnknown ? new TargetError(error.message, { cause: error, next: UNKNOWN }) : error;
}

const UNKNOWN = 'see whether the server is well, then run the command again: nothing is lost';

const nextOf = (code: string): { next?: string } => {
  if (code === 'WRONGTYPE') return { next: 'see `redrill dlq list` for the dead-letter queues that are there' };
  if (code === 'NOPERM') return { next: 'let the user run the command, or log in as another one' };
  if (code === 'READONLY') return { next: 'it is a replica: name the primary' };
  return code === 'REFUSED' ? { next: 'use the tools of the program that the queue belongs to' } : {};
};

/** The queue that was named; undefined when nothing lies there. */
export async function openDeadQueue(name: string, backend: string, { access }: Server): Promise<DeadQueue | undefined> {
  const given = backendFlag(backend);
  const layout = given === undefined ? await layoutOf(name, access) : layoutNamed(given);
  return layout?.open(layout.nameOf(name), access);
}

/** An empty queue is no key: whether there is none, or it is named otherwise, nobody can tell. */
export const nothingThere = (queue: string, { address }: Server): string =>
  `nothing lies under ${queue} at ${address}: it is empty, or has another name (see \`redrill dlq list\`)\n`;

/** Of the server's clock, in milliseconds since the epoch. */
export async function serverTime({ access }: Server): Promise<number> {
  const reply = await access.connection.call(['TIME'], access.options);
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(Number) : [];
  return Math.floor((seconds ?? 0) * 1_000 + (microseconds ?? 0) / 1_000);
}
