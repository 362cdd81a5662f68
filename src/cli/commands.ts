import type { Command } from 'commander';
import { addBenchCommand } from './bench/command.js';
import { addDlqCommands } from './dlq/command.js';
import { addServerCommands } from './doctor/command.js';
import { collect, list } from './options.js';
import type { TargetChoice } from './target.js';
import { addWatchCommand } from './watch/command.js';

/** All but `run` and `validate`. */
export function addCommands(program: Command, run: Command, targets: TargetChoice[]): void {
  addFileCommands(program);
  addWatchCommand(program, run, targets);
  addServerCommands(program);
  addBenchCommand(program);
  addDlqCommands(program);
}

/** Those about scenarios, and about what runs of them left. */
function addFileCommands(program: Command): void {
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
