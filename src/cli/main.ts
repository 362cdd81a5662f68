import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { collect, list } from './options.js';
import { EXIT, printError, watchStandardOutput } from './print.js';
import { useImport } from './project.js';
import type { TargetChoice } from './target.js';
import { VERSION } from './version.js';

function whole(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/\d/.test(value) || !Number.isSafeInteger(number) || number < minimum)
      throw new InvalidArgumentError(`a whole number of at least ${minimum}.`);
    return number;
  };
}

/** `command`: the one that is called, as far as that is known. */
async function createProgram(command: string | undefined): Promise<Command> {
  const program = new Command('redrill')
    .description('Declarative scenarios for Redis, Valkey and ElastiCache: what must hold, proven on a real server.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false);
  // Of both options, in the order of the command line.
  const targets: TargetChoice[] = [];
  const run = addRunCommand(program, targets);
  addValidateCommand(program);
  // To describe all the others takes 3 ms of these two.
  if (command !== 'run' && command !== 'validate') (await import('./commands.js')).addCommands(program, run, targets);
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

function addValidateCommand(program: Command): void {
  program
    .command('validate')
    .description('check scenarios without running them')
    .argument('[paths...]', 'files, folders or globs (default: scenarios/)')
    .option('--var <name=value>', 'a variable, as YAML (repeatable)', collect, [])
    .action(async (paths, options) => {
      const { validate } = await import('./validate.js');
      process.exitCode = await validate(paths, options);
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
    await (await createProgram(argv[2])).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.passed : EXIT.invalid;
    else process.exitCode = printError(error);
  }
}
