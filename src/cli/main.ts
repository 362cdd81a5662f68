import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addBenchCommand } from './bench/command.js';
import { addDlqCommands } from './dlq/command.js';
import { addServerCommands } from './doctor/command.js';
import { EXIT, printError, watchStandardOutput } from './print.js';
import { useImport } from './project.js';
import type { TargetChoice } from './target.js';
import { VERSION } from './version.js';
import { addWatchCommand } from './watch/command.js';

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];
const list = (value: string, all: readonly string[]): readonly string[] => [
  ...all,
  ...value.split(',').filter((word) => word !== ''),
];

function whole(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < minimum)
      throw new InvalidArgumentError(`a whole number of at least ${minimum}.`);
    return number;
  };
}

/** `command`: the one that is called, as far as that is known. */
function createProgram(command: string | undefined): Command {
  const program = new Command('redrill')
    .description('Declarative scenarios for Redis, Valkey and ElastiCache: what must hold, proven on a real server.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false);
  // Of both options, in the order of the command line.
  const targets: TargetChoice[] = [];
  const run = addRunCommand(program, targets);
  // To describe all the others takes 2 ms of a run.
  if (command !== 'run') {
    addFileCommands(program);
    addWatchCommand(program, run, targets);
    addServerCommands(program);
    addBenchCommand(program);
    addDlqCommands(program);
  }
  return program;
}

function addRunCommand(program: Command, targets: TargetChoice[]): Command {
  const server = (option: keyof TargetChoice) => (value: string) => void targets.push({ [option]: value });
  return program
    .command('run', { isDefault: false })
    .description('run scenarios and report what held')
    .argument('[paths...]', 'files, folders or globs (default: scenarios/)')
    .option(
      '--url <url>',
      'the server: redis://, rediss://, unix://, valkey://, valkeys:// (repeatable)',
      server('url'),
    )
    .option(
      '--target <name>',
      'a target of redrill.config.yaml, or `managed` (the default: a server started for the run), `managed:cluster+tls` … ' +
        '(repeatable: every case runs on each, and a table compares them)',
      server('target'),
    )
    .option('--matrix-targets', 'on every target of redrill.config.yaml')
    .option('--tags <tags>', 'only cases with one of these tags (comma-separated)', list, [])
    .option('--skip-tags <tags>', 'no cases with one of these tags', list, [])
    .option('--grep <pattern>', 'only cases whose file or name matches this regular expression')
    .option('--last-failed', 'only cases that did not pass the last time that they ran here')
    .option(
      '--shard <i/n>',
      'one of n parts of the cases, for `redrill merge`; `auto` asks GitLab, Heroku CI or Kubernetes, as is done without',
    )
    .option('--durations <file>', 'split by what `--report durations=FILE` wrote (default: redrill.durations.json)')
    .option('--jobs <n>', 'cases at once', whole(1))
    .option('--bail', 'end the run at the first case that does not pass')
    .option('--strict', 'a skipped or flaky case is not a pass')
    .option('--retry <n>', 'run a case that does not pass up to n times more; one that passes then is flaky', whole(0))
    .option('--seed <n>', 'seed of all that is random', whole(0))
    .option('--var <name=value>', 'a variable, as YAML (repeatable)', collect, [])
    .option(
      '--report <name[=file]>',
      'pretty, html, github, junit, json, ndjson, markdown, ctrf, tap or durations (repeatable)',
      collect,
      [],
    )
    .option('--history <folder>', 'save what happened in each case, for `redrill verify`')
    .option('--timeout <duration>', "replaces every case's own time limit")
    .option('--allow-run', 'let scenarios start programs (`process.start`, `requires: { programs }`)')
    .option('--keep-keys', 'leave the keys of the cases on the server')
    .option('--verbose', 'show every step and its result')
    .option('--debug', 'stop before each step and ask what to do; one case at a time')
    .action(async (paths, options) => {
      process.exitCode = await (await import('./run.js')).run(paths, { ...options, targets });
    });
}

/** Those about scenarios, and about what runs of them left. */
function addFileCommands(program: Command): void {
  program
    .command('validate')
    .description('check scenarios without running them')
    .argument('[paths...]', 'files, folders or globs (default: scenarios/)')
    .option('--var <name=value>', 'a variable, as YAML (repeatable)', collect, [])
    .action(async (paths, options) => {
      const { validate } = await import('./validate.js');
      process.exitCode = await validate(paths, options);
    });
  program
    .command('verify')
    .description('judge again what runs saved with --history, without a server')
    .argument('<files...>', 'saved histories')
    .option('--guarantee <name>', 'ask for at-most-once, at-least-once or exactly-once-effect too; with --queue')
    .option('--queue <name>', 'the queue that --guarantee is about')
    .option('--json', 'as JSON')
    .action(async (files, options) => {
      const { verify } = await import('./verify.js');
      process.exitCode = await verify(files, options);
    });
  program
    .command('report')
    .description('render a run again that was saved with --report ndjson=FILE')
    .argument('<file>', 'the saved run')
    .option('--report <name[=file]>', 'as for `run` (repeatable; default: pretty)', collect, [])
    .option('--verbose', 'show every step and its result')
    .action(async (file, options) => {
      const { renderReport } = await import('./report.js');
      process.exitCode = await renderReport(file, options);
    });
  program
    .command('merge')
    .description('make one run of its shards, and judge it')
    .argument('<files...>', 'what `run --shard I/N --report ndjson=FILE` saved, of every shard')
    .option('--report <name[=file]>', 'as for `run` (repeatable; default: pretty)', collect, [])
    .option('--verbose', 'show every step and its result')
    .action(async (files, options) => {
      const { merge } = await import('./merge.js');
      process.exitCode = await merge(files, options);
    });
  program
    .command('list')
    .description('list scenarios with their tags, and their cases after the matrix')
    .argument('[paths...]', 'files, folders or globs (default: scenarios/)')
    .option('--tags <tags>', 'only cases with one of these tags', list, [])
    .option('--skip-tags <tags>', 'no cases with one of these tags', list, [])
    .option('--grep <pattern>', 'only cases whose file or name matches')
    .option('--json', 'as JSON')
    .action(async (paths, options) => {
      const { list: listCases } = await import('./list.js');
      process.exitCode = await listCases(paths, options);
    });
  program
    .command('steps')
    .description('explain the actions: their inputs, results and examples')
    .argument('[name]', 'an action, or an area such as `queue`')
    .action(async (name) => {
      const { steps } = await import('./steps.js');
      process.exitCode = await steps(name);
    });
  program
    .command('schema')
    .description('print the JSON Schema of a scenario file')
    .action(async () => {
      const { schema } = await import('./schema.js');
      process.exitCode = await schema();
    });
  program
    .command('init')
    .description('write a first scenario, the configuration and a CI snippet')
    .action(async () => {
      const { init } = await import('./init.js');
      process.exitCode = await init();
    });
}

/**
 * A name server that says nothing would hold the program up for half a minute, past every deadline and past
 * process.exit, which waits for the thread that asks. glibc reads this before the first name is looked up.
 */
function boundLookups(): void {
  process.env.RES_OPTIONS ??= 'timeout:1 attempts:2';
}

export async function main(argv: readonly string[], importModule?: (url: string) => Promise<unknown>): Promise<void> {
  if (importModule) useImport(importModule);
  watchStandardOutput();
  boundLookups();
  try {
    await createProgram(argv[2]).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.passed : EXIT.invalid;
    else process.exitCode = printError(error);
  }
}
