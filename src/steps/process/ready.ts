import { connect } from 'node:net';
import type { BoundExpression } from '../../contracts/fields.js';
import type { StepContext } from '../../contracts/step.js';
import { ProgramError, ScenarioError, TimeLimitError } from '../../errors.js';
import { loadPatterns, matches } from '../../expression/patterns.js';
import { formatValue } from '../../format/value.js';
import { lastLines, lineFinder } from '../../programs/output.js';
import { describeEnd } from '../../programs/words.js';
import type { Program } from './program.js';
import { readServerState } from './server-state.js';

export interface ReadyInput {
  readonly output?: string | undefined;
  readonly port?: number | undefined;
  readonly when?: BoundExpression | undefined;
}

/** What shows that a program can be used. */
export interface Readiness {
  /** What is missing, in words, as long as it does not hold. */
  readonly missing: string;
  /** Looks from now on at the program that was just started; what it gives is asked again and again. */
  watch(program: Program): () => boolean | Promise<boolean>;
}

/** Raises a ScenarioError for what could never hold, or holds already. */
export async function readinessOf(
  { output, port, when }: ReadyInput,
  context: Pick<StepContext, 'redis' | 'signal' | 'targetScope'>,
): Promise<Readiness> {
  if (output !== undefined) return await byOutput(output);
  if (port !== undefined) return await byPort(port);
  return byState(when!, context); // the schema asks for one of the three
}

async function byOutput(pattern: string): Promise<Readiness> {
  await loadPatterns();
  try {
    matches('', pattern);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ScenarioError(`\`ready.output\`: ${message}`, { next: "write it in RE2's syntax", cause });
  }
  return {
    missing: `no line of its output matched ${formatValue(pattern)}`,
    watch(program) {
      const isWanted = (line: string) => matches(line, pattern);
      const finders = { stdout: lineFinder(isWanted), stderr: lineFinder(isWanted) };
      let seen = false;
      const forget = program.onOutput((text, stream) => {
        seen ||= finders[stream](text);
        if (seen) forget();
      });
      return () => seen;
    },
  };
}

async function byPort(port: number): Promise<Readiness> {
  if (await accepts(port)) {
    throw new ScenarioError(`\`ready.port\`: something listens on 127.0.0.1:${port} before the program was started`, {
      next: 'end what listens there, or let the program listen on another port',
    });
  }
  return { missing: `nothing listened on 127.0.0.1:${port}`, watch: () => () => accepts(port) };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.on('connect', () => finish(true));
    socket.on('error', () => finish(false));
  });
}

function byState(
  when: BoundExpression,
  { redis, signal, targetScope }: Pick<StepContext, 'redis' | 'signal' | 'targetScope'>,
): Readiness {
  return {
    missing: `${when.source} was never true`,
    watch: () => async () => {
      const target = { ...targetScope, ...(await readServerState(redis, signal)) };
      const value = when.evaluate({ target });
      if (typeof value === 'boolean') return value;
      throw new ScenarioError(`\`ready.when\` must be true or false, and ${when.source} is ${formatValue(value)}`);
    },
  };
}

const POLL_MS = 20;
const LINES_SHOWN = 10;

/** Raises a ProgramError with the end of its output when it ends first, or the time is up. */
export async function untilReady(
  program: Program,
  readiness: Readiness,
  command: string,
  { clock, signal }: StepContext,
): Promise<void> {
  const isReady = readiness.watch(program);
  const fail = (code: 'PROGRAM' | 'TIMEOUT', happened: string, next: string, cause?: unknown) => {
    const lines = lastLines(program.output, LINES_SHOWN).map((line) => `  ${line}`);
    const printed = lines.length > 0 ? ['', 'the end of its output:', ...lines].join('\n') : '; it printed nothing';
    throw new ProgramError(code, `${command} ${happened}${printed}`, next, { cause });
  };
  try {
    while (!(await isReady())) {
      const { end } = program;
      if (end) {
        fail(
          'PROGRAM',
          `${describeEnd(end)} before it was ready`,
          'correct what it complains of: see `run`, `cwd`, `env`',
        );
      }
      await clock.sleep(POLL_MS, signal);
    }
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    const next = 'see what it waits for; correct `ready`, or give it more time by `timeout:`';
    fail('TIMEOUT', `was not ready: ${readiness.missing} (${error.message})`, next, error);
  }
}
