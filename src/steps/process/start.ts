import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  CommandArguments,
  Duration,
  Expression,
  Nullable,
  OneOf,
  SourceText,
  Total,
  Type,
} from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { programEnvironment } from '../../programs/environment.js';
import { findExecutable, foldersOfPath } from '../../programs/find.js';
import { trustOf } from '../../programs/trust.js';
import { formatCommand } from '../../programs/words.js';
import { createRedactor } from '../../redis/redact.js';
import { Program } from './program.js';
import { readinessOf, untilReady } from './ready.js';
import { programsOf } from './registry.js';

export const processStart = defineStep({
  name: 'process.start',
  summary: 'Starts a program under test. It and all that it starts end with the case, whatever happens.',
  effect: 'changes',
  live: true,
  needs: 'run',
  input: Type.Object({
    run: CommandArguments({
      type: 'array',
      description: 'The program and its arguments. No shell reads them.',
    }),
    env: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string | number | boolean>>>({
        type: 'object',
        additionalProperties: SourceText(),
        description:
          'Variables of its environment, beside PATH, HOME and their like and those that the configuration allows.',
        examples: [{ REDIS_URL: '${{ target.url }}' }],
      }),
    ),
    cwd: Type.String({
      minLength: 1,
      default: '.',
      description: "Its working directory, relative to the scenario file's folder.",
    }),
    ready: Type.Optional(
      Type.Object(
        {
          output: Type.Optional(
            Type.String({
              minLength: 1,
              description: "A regular expression (RE2's syntax) that is found in a line of its output.",
            }),
          ),
          port: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 65_535, description: 'It listens on this port of 127.0.0.1.' }),
          ),
          when: Type.Optional(
            Expression([], {
              description:
                'This is true. `target.info` has the fields of INFO, and `target.clients` those of each client of CLIENT LIST.',
              examples: ['target.clients.exists(c, c.cmd == "brpop")'],
            }),
          ),
        },
        {
          exactlyOneOf: ['output', 'port', 'when'],
          description: 'Goes on when this holds; without it, once the program was started.',
        },
      ),
    ),
    restart: OneOf(['never', 'always'], {
      default: 'never',
      description: '`always`: it is started again when it ends, after a pause that grows from 100ms to 5s.',
    }),
    grace: Duration({ default: '3s', description: 'From SIGTERM to SIGKILL when it is stopped.' }),
  }),
  result: Type.Object({
    pid: Type.Integer({ description: 'Of its first process, which leads its process group.' }),
    running: Type.Boolean({ description: 'Whether any process of the group is there.' }),
    exitCode: Nullable(Type.Integer({ description: 'Null while it runs, and when a signal ended it.' })),
    signal: Nullable(Type.String({ description: 'The signal that ended it: `KILL`, `TERM` …' })),
    restarts: Total('How often it was started again.'),
    output: Type.String({ description: 'The last 64 KiB of what it printed, without secrets.' }),
  }),
  examples: [
    { run: ['python3', 'worker.py'], env: { REDIS_URL: '${{ target.url }}' }, ready: { output: '^ready' } },
    { run: ['node', 'server.js'], cwd: '../app', ready: { port: 8080 }, restart: 'always' },
    { run: ['./worker'], ready: { when: 'target.clients.exists(c, c.cmd == "brpop")' } },
  ],
  async run({ run, env = {}, cwd, ready, restart, grace }, context) {
    const command = run.map(String);
    const folder = path.resolve(context.folder, cwd);
    const trust = trustOf(context.target.access?.tls);
    const environment = programEnvironment(trust?.env ?? {}, context.env, texts(env));
    const launch = [executableOf(command, folder, environment), ...command.slice(1)];
    const readiness = ready && (await readinessOf(ready, context));
    const { clock, signal } = context;
    signal.throwIfAborted();
    const { text: redact } = createRedactor([...context.target.secrets, ...Object.values(context.env)]);
    const program = await Program.start({
      command: launch,
      cwd: folder,
      env: environment,
      graceMs: grace,
      ...(trust && { files: trust.files }),
      restart,
      clock,
      redact,
    }).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw cannotStart(command, why, 'see what the system has run out of', cause);
    });
    try {
      if (readiness) await untilReady(program, readiness, redact(formatCommand(command)), context);
    } catch (error) {
      await program.kill();
      throw error;
    }
    program.keepRunning();
    programsOf(context).set(context.stepName, program);
    context.keepRunning(program);
    return program.snapshot();
  },
});

const texts = (env: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));

/** Found here, since a shell would tell of it by an exit code that the program may use too. */
function executableOf(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>): string {
  if (!existsSync(cwd)) {
    throw new ScenarioError(`there is no folder ${cwd} to start ${formatCommand(command)} in`, {
      next: "correct `cwd`, which is relative to the scenario file's folder",
    });
  }
  const [name = ''] = command;
  const found = findExecutable(name, foldersOfPath(env), cwd);
  if (found !== undefined) return found;
  throw name.includes('/')
    ? cannotStart(
        command,
        `${path.resolve(cwd, name)} is no executable file`,
        'correct `run` or `cwd`, or make it executable',
      )
    : cannotStart(
        command,
        `${name} is not on PATH`,
        `install it, or skip the case without it: \`requires: { programs: [[${name}, --version]] }\``,
      );
}

const cannotStart = (command: readonly string[], why: string, next: string, cause?: unknown): ScenarioError =>
  new ScenarioError(`cannot start ${formatCommand(command)}: ${why}`, { next, cause });
