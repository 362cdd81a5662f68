import type { Command } from 'commander';

/** The commands for dead-letter queues of a running system; their code is loaded when one runs. */
export function addDlqCommands(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('look at, redrive, purge and export dead-letter queues of a running system')
    .helpCommand(false);

  onServer(dlq.command('list').description('find the dead-letter queues on the server'))
    .option('--scan <n>', 'look at this many keys at most; 0: at all', '100000')
    .option('--json', 'a line of JSON for each')
    .action(async (flags) => {
      process.exitCode = await (await import('./list.js')).list(flags);
    });
  filtered(onQueue(dlq.command('peek').description('show the newest dead letters of a queue, a line each')))
    .option('--oldest', 'the oldest instead')
    .option('--limit <n>', 'this many at most', '10')
    .option('--json', 'a line of JSON for each')
    .action(async (queue, flags) => {
      process.exitCode = await (await import('./peek.js')).peek(queue, flags);
    });
  onQueue(dlq.command('show').description('show one dead letter in full'))
    .argument('<id>', 'its id')
    .option('--json', 'as JSON')
    .action(async (queue, id, flags) => {
      process.exitCode = await (await import('./show.js')).show(queue, id, flags);
    });
  filtered(onQueue(dlq.command('stats').description('count by reason, error, original queue and age')))
    .option('--json', 'as JSON')
    .action(async (queue, flags) => {
      process.exitCode = await (await import('./stats.js')).stats(queue, flags);
    });
  filtered(onQueue(dlq.command('export').description('write dead letters as a line of JSON each, oldest first')))
    .option('--limit <n>', 'this many at most')
    .option('--output <file>', 'into a file, instead of standard output')
    .action(async (queue, flags) => {
      process.exitCode = await (await import('./export.js')).exportLetters(queue, flags);
    });
  filtered(onQueue(dlq.command('redrive').description('move dead letters back into their queues, oldest first')))
    .option('--to <queue>', 'into this queue (default: each into the one that gave it up)')
    .option('--rate <rate>', 'this many each second, minute or hour: 50/s')
    .option('--max <n>', 'this many at most')
    .option('--failed-before <time>', 'only those whose last failure was before this (default: now)')
    .option('--stop-above <share>', 'stop when more than this share of those moved are dead again: 10%')
    .option('--settle <duration>', 'with --stop-above: how long to look on after the last one', '5s')
    .option('--dry-run', 'only say what would be moved')
    .option('--json', 'the outcome as JSON')
    .action(async (queue, flags) => {
      process.exitCode = await (await import('./redrive.js')).redrive(queue, flags);
    });
  filtered(onQueue(dlq.command('purge').description('delete dead letters that are there now')))
    .requiredOption('--confirm <queue>', 'the name of the queue, once more')
    .requiredOption('--expect-count <n>', 'refuse unless there are exactly this many')
    .option('--json', 'the outcome as JSON')
    .action(async (queue, flags) => {
      process.exitCode = await (await import('./purge.js')).purge(queue, flags);
    });
}

const onServer = (command: Command): Command =>
  command
    .option('--url <url>', 'the server: redis://, rediss://, unix://, valkey://, valkeys://')
    .option('--target <name>', 'a target of redrill.config.yaml');

const onQueue = (command: Command): Command =>
  onServer(command.argument('<queue>', 'its key, as `redrill dlq list` shows it')).option(
    '--backend <layout>',
    'auto, list, stream, delayed, bullmq, rq or sidekiq',
    'auto',
  );

const filtered = (command: Command): Command =>
  command
    .option('--reason <reason>', 'only those given up for this reason: attempts, deliveries, unknown')
    .option('--class <name>', 'only those with an error of this class')
    .option('--older-than <duration>', 'only those that last failed longer ago: 1h')
    .option('--newer-than <duration>', 'only those that last failed less long ago')
    .option('--where <expression>', 'only those for which this is true, over `entry` (CEL)');
