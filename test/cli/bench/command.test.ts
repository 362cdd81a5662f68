import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addBenchCommand } from '../../../src/cli/bench/command.js';
import { READY_LOADS } from '../../../src/cli/bench/loads.js';
import { ScenarioError } from '../../../src/errors.js';

/** What is told of a command line before anything is sent. */
async function toldOf(args: string): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addBenchCommand(program);
  try {
    await program.parseAsync(['bench', ...args.split(' ')], { from: 'user' });
  } catch (error) {
    if (error instanceof ScenarioError) return [error.message, error.details.next].filter(Boolean).join('\n  ');
    return String(error);
  }
  return 'nothing';
}

test.each<[args: string, told: string]>([
  ['seet', 'there is no ready load "seet"\n  did you mean "set"?'],
  ['nonsense', `there is no ready load "nonsense"\n  it is one of ${READY_LOADS.join(', ')}; others go by --command`],
  ['--mix get=0', '--mix has "get=0", which is no name and weight\n  write --mix get=80,set=20'],
  ['--mix get=-1', '--mix has "get=-1", which is no name and weight\n  write --mix get=80,set=20'],
  ['--mix get:80', '--mix has "get:80", which is no name and weight\n  write --mix get=80,set=20'],
  ['--fill PING', '--fill goes before what --command sends, and there is none'],
  ['--count 5 --for 1s', '--count and --for do not go together: both say when to end'],
  [
    '--count 5 --warmup 1s',
    '--count and --warmup do not go together: a warm-up is a time before another, the one of --for',
  ],
  ['--sweep 1..9 --rate 5/s', '--sweep and --rate do not go together: a sweep has rates of its own'],
  ['--sweep 1..9 --count 5', '--sweep and --count do not go together: each rate is held for a time, the one of --for'],
  ['--sweep 1..9 --rounds 5', '--sweep and --rounds do not go together: a sweep goes up once'],
  ['--sweep 1..9 --compare a b', '--sweep and --compare do not go together: sweep each of the targets by itself'],
  ['--sweep 9..1', '--sweep 9..1 is no range of rates\n  write --sweep rate=1000..100000'],
  ['--sweep fast', '--sweep fast is no range of rates\n  write --sweep rate=1000..100000'],
  ['--sweep 1..9 --steps 1', '--steps 1 is not a whole number of at least 2'],
  ['--arrival poisson', '--arrival needs a --rate: without one a client sends when it has been answered'],
  ['--arrival x --rate 5', '--arrival x is unknown\n  it is one of constant, poisson'],
  ['--distribution x', '--distribution x is unknown\n  it is one of uniform, zipfian, sequential'],
  ['--exponent 1', '--exponent needs --distribution zipfian'],
  ['--exponent x --distribution zipfian', '--exponent x is not a number above 0, up to 10'],
  ['--rate fast', '--rate fast is not a rate\n  write --rate 5000/s'],
  ['--for 5', '--for 5 is not a duration\n  write 250ms, 2s or 1m30s'],
  ['--for 0s', '--for 0s is no time at all'],
  ['--size big', '--size big is not a size\n  write 64B, 1KiB or 32MiB'],
  ['--clients 0', '--clients 0 is not a whole number of at least 1'],
  ['--rounds 101', '--rounds 101 is more than 100'],
  ['--allow-errors 5', '--allow-errors 5 is not a share\n  write 5%'],
  ['--allow-errors 200%', '--allow-errors 200% is more than 100%'],
  [
    '--compare a',
    '--compare takes two, and was given 1\n  name two targets, URLs or saved benches, and the loads before: redrill bench set --compare A B',
  ],
  ['--compare a b --target c', '--compare names the servers itself\n  leave --url and --target out'],
  [
    '--compare a.json b',
    'a.json is a saved bench, and b is none\n  save one of the other by --save FILE, and compare the files',
  ],
  ['--target nowhere', 'there is no target "nowhere"\n  add it under `targets:` in redrill.config.yaml'],
  [
    '--weight 3',
    "CommanderError: error: option '--weight <n>' argument '3' is invalid. it stands behind its --command.",
  ],
  [
    '--command PING --weight 0',
    "CommanderError: error: option '--weight <n>' argument '0' is invalid. a number above 0.",
  ],
  [
    '--command PING --weight Infinity',
    "CommanderError: error: option '--weight <n>' argument 'Infinity' is invalid. a number above 0.",
  ],
  [
    '--command PING --weight 2 --weight 3',
    "CommanderError: error: option '--weight <n>' argument '3' is invalid. the --command before it has a weight already.",
  ],
  ['--command GET:{kye}', '--command has {kye}, which is no placeholder\n  did you mean {key}?'],
  ['--command PING --fill SET:{Key}:{valeu}', '--fill has {Key}, which is no placeholder\n  did you mean {key}?'],
])('%s', async (args, told) => {
  expect(await toldOf(args)).toBe(told);
});
