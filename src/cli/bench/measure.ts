import { randomBytes } from 'node:crypto';
import type { CompiledCase } from '../../contracts/case.js';
import type { NamedTarget } from '../../contracts/event.js';
import { Interrupted, TargetError } from '../../errors.js';
import type { ChosenTarget } from '../target.js';
import { judgeRun } from './judge.js';
import type { BenchRun } from './record.js';
import { BenchServer, type Conditions } from './server.js';
import type { Settings } from './settings.js';
import { isHeld } from './sweep.js';

/** A load at a rate, ready to be sent. */
export interface Trial {
  readonly load: string;
  readonly rate: number | null;
  /** Of the scenario that it is. */
  readonly text: string;
  readonly compiled: CompiledCase;
}

export interface Measured {
  readonly runs: readonly BenchRun[];
  readonly servers: readonly NamedTarget[];
  /** Why there is no more. */
  readonly ended: Interrupted | TargetError | undefined;
}

/** Opens the targets and sends all loads. */
export async function measureOn(
  targets: readonly ChosenTarget[],
  trials: readonly Trial[],
  settings: Settings,
  conditions: Conditions,
): Promise<Measured> {
  const runs: BenchRun[] = [];
  const described: NamedTarget[] = [];
  const open = async (target: ChosenTarget): Promise<BenchServer> => {
    const server = await BenchServer.open(target, randomBytes(4).toString('hex'), conditions);
    described.push({ name: target.name ?? target.address, ...server.description });
    return server;
  };
  const [first, second] = targets;
  try {
    await using a = await open(first!);
    await using b = second ? await open(second) : undefined;
    await sendAll(trials, b ? [a, b] : [a], settings, runs, conditions.signal);
    return { runs, servers: described, ended: undefined };
  } catch (error) {
    if (!(error instanceof Interrupted || error instanceof TargetError)) throw error;
    // What was measured until then is worth showing. Whoever ended it need not be told what could not be had any more.
    const { aborted, reason } = conditions.signal;
    return { runs, servers: described, ended: aborted ? reason : error };
  }
}

/** In turn: A B, B A, A B …, so that neither what goes on beside them nor the order favours one. */
async function sendAll(
  trials: readonly Trial[],
  servers: readonly BenchServer[],
  { rounds, sweep, allowErrors }: Settings,
  runs: BenchRun[],
  signal: AbortSignal,
): Promise<void> {
  const over = new Set<string>();
  for (const { load, rate, compiled } of trials) {
    if (over.has(load)) continue;
    for (let round = 1; round <= rounds; round++) {
      for (const target of turns(servers.length, round)) {
        tellProgress(`${compiled.reference.name}${rounds > 1 ? `, round ${round} of ${rounds}` : ''}`);
        const run = { load, target, round, rate, ...judgeRun(await servers[target]!.measure(compiled), allowErrors) };
        runs.push(run);
        signal.throwIfAborted();
        if (sweep && !isHeld(run)) over.add(load);
      }
    }
  }
}

function turns(servers: number, round: number): number[] {
  const order = Array.from({ length: servers }, (_, index) => index);
  return round % 2 === 1 ? order : order.reverse();
}

function tellProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
