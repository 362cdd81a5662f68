import { type Command, InvalidArgumentError } from 'commander';
import { collect } from '../options.js';
import { READY_LOADS } from './loads.js';

/** Its code is loaded when it runs. */
export function addBenchCommand(program: Command): void {
  // In the order of the command line: a weight is that of the command before it.
  const commands: { command: string; weight?: number }[] = [];
  const addCommand = (command: string): void => void commands.push({ command });
  const addWeight = (text: string): void => {
    const [last, weight] = [commands.at(-1), Number(text)];
    if (!last) throw new InvalidArgumentError('it stands behind its --command.');
    if (last.weight !== undefined) throw new InvalidArgumentError('the --command before it has a weight already.');
    if (!(weight > 0 && Number.isFinite(weight))) throw new InvalidArgumentError('a number above 0.');
    last.weight = weight;
  };
  program
    .command('bench')
    .description('load a server without a scenario: throughput and latency of ready loads or commands of yours')
    .argument('[names...]', `ready loads, one after the other: ${READY_LOADS.join(', ')} (default: set get)`)
    .option('--url <url>', 'the server: redis://, rediss://, unix://, valkey://, valkeys://')
    .option('--target <name>', 'a target of redrill.config.yaml, or `managed`, `managed:cluster` … as for `run`')
    .option('--mix <shares>', 'ready loads mixed by weight: get=80,set=20')
    .option(
      '--command <command>',
      "a command to mix, with {key}, {value} and {index}: 'GET user:{key}' (repeatable)",
      addCommand,
    )
    .option('--weight <n>', 'how often the --command before it is sent, beside the others (default: 1)', addWeight)
    .option('--fill <command>', "sent once for each key first: 'SET user:{key} {value}' (repeatable)", collect, [])
    .option('--clients <n>', 'clients, each with a connection of its own', '50')
    .option('--pipeline <n>', 'operations that a client has in flight at most', '1')
    .option('--rate <rate>', 'operations each second of all clients together, each due on time: 5000/s')
    .option('--arrival <kind>', 'with a rate: constant (default) or poisson')
    .option('--for <duration>', 'how long each load is measured (default: 5s; 1s to compare)')
    .option('--warmup <duration>', 'how long it is sent before, not measured (default: 1s; 250ms to compare)')
    .option('--count <n>', 'operations to send, in the place of a time')
    .option('--keys <n>', 'how many different keys', '100000')
    .option('--distribution <kind>', 'of keys: uniform, zipfian or sequential', 'uniform')
    .option('--exponent <n>', 'of zipfian: the higher, the fewer keys get most operations (default: 0.99)')
    .option('--size <size>', 'of a value', '64B')
    .option('--rounds <n>', 'how often each load is measured (default: 1; 10 to compare)')
    .option('--seed <n>', 'seed of keys and arrivals')
    .option('--allow-errors <share>', 'errors above this share of the operations fail', '0%')
    .option('--compare <two...>', 'two targets or URLs, measured in turn, or two files of --save')
    .option('--sweep <range>', 'rates from one to another, until one is not held: rate=1000..100000')
    .option('--steps <n>', 'rates of a sweep', '10')
    .option('--json', 'as JSON')
    .option('--save <file>', 'write the JSON to this file, too')
    .option('--print', 'print the scenario that this is, in the place of running it')
    .action(async (names, flags) => {
      const { bench } = await import('./bench.js');
      process.exitCode = await bench(names, { ...flags, commands: commands.map((each) => ({ weight: 1, ...each })) });
    });
}
