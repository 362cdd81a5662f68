import { findExecutable, foldersOfPath } from './find.js';
import { startGroup } from './group.js';
import { lastLines, OutputTail } from './output.js';
import { describeEnd } from './words.js';

export interface RunProgramOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Kills the program and raises its reason. */
  readonly signal: AbortSignal;
}

export type ProgramOutcome =
  | { readonly kind: 'absent'; readonly program: string }
  | { readonly kind: 'timeout'; readonly lastLine: string | undefined }
  | { readonly kind: 'ended'; readonly how: string; readonly ok: boolean; readonly lastLine: string | undefined };

/** Runs a program to its end. */
export async function runProgram(command: readonly string[], options: RunProgramOptions): Promise<ProgramOutcome> {
  const { cwd, env, timeoutMs, signal } = options;
  const [program = '', ...rest] = command;
  const path = findExecutable(program, foldersOfPath(env), cwd);
  if (path === undefined) return { kind: 'absent', program };
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const output = new OutputTail();
  const onOutput = (text: string) => output.add(text);
  const group = await startGroup({ command: [path, ...rest], cwd, env, graceMs: 0, onOutput });
  const kill = () => void group.kill();
  if (limit.aborted) kill();
  else limit.addEventListener('abort', kill, { once: true });
  const end = await group.ended;
  signal.throwIfAborted();
  const lastLine = lastLines(output.text(), 1)[0];
  if (limit.aborted && end.signal === 'SIGKILL') return { kind: 'timeout', lastLine };
  return { kind: 'ended', how: describeEnd(end), ok: end.exitCode === 0, lastLine };
}
