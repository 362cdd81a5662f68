import { spawnSync } from 'node:child_process';

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** NODE_EXTRA_CA_CERTS adds some 40 ms to every start of Node 20, ours and the bare one alike. */
export const quietEnvironment = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NO_COLOR: '1' };

export interface Command {
  readonly run: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Done first, and not timed. */
  readonly before?: () => void;
}

/** Milliseconds of a whole process. Raises an Error when it does not end well. */
export function timeOf({ run: [program = '', ...args], env, before }: Command, cwd: string): number {
  before?.();
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...quietEnvironment, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return elapsed;
}

/** Medians of commands run in turn, so that whatever else the machine does strikes all alike. */
export function pair(commands: readonly Command[], cwd: string, rounds: number): number[] {
  const times = commands.map((): number[] => []);
  for (const command of commands) timeOf(command, cwd);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) times[index]!.push(timeOf(command, cwd));
  }
  return times.map(median);
}
