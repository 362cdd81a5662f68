import { expect, test } from 'vitest';
import { steps } from '../../src/builtins.js';
import type { CompiledCase, Demand } from '../../src/contracts/case.js';
import type { Target } from '../../src/contracts/target.js';
import { commandsToAsk, unmetDemand, writes } from '../../src/engine/demands.js';
import type { Refusal } from '../../src/redis/refusals.js';
import { refusedBy } from '../../src/targets/elasticache/refused.js';

/** Of a case, what is looked at here. */
const caseOf = (given: Partial<CompiledCase>): CompiledCase =>
  ({ demands: [], sends: [], owns: [], actsOnServer: null, ...given }) as unknown as CompiledCase;
const targetOf = (given: Partial<Target>): Target => ({ kind: 'url', ours: false, ...given }) as unknown as Target;
const command = (name: string, by: string | null = 'command'): Demand => ({ kind: 'command', name, by });
const SERVERLESS = targetOf({ refuses: refusedBy('serverless') });

test.each<[what: string, demand: Demand, target: Target, refusal: Refusal | undefined, reason: string | undefined]>([
  ['listed', command('WAIT'), SERVERLESS, undefined, 'needs WAIT (command), and ElastiCache Serverless refuses it'],
  [
    'listed with all of its subcommands',
    command('OBJECT ENCODING'),
    SERVERLESS,
    undefined,
    'needs OBJECT ENCODING (command), and ElastiCache Serverless refuses it',
  ],
  ['a subcommand that is not listed', command('CLIENT SETNAME'), SERVERLESS, undefined, undefined],
  ['not listed', command('GET'), SERVERLESS, undefined, undefined],
  [
    'forbidden',
    command('GET'),
    SERVERLESS,
    { forbidden: 'NOPERM no' },
    'needs GET (command), and the server refuses it: NOPERM no',
  ],
  [
    'unknown',
    command('LMPOP'),
    targetOf({}),
    { unknown: 'command' },
    'needs LMPOP (command), and the server does not know it',
  ],
  ['unknown to everybody', command('GTE'), targetOf({}), { unknown: 'command' }, undefined],
  ['unknown as a subcommand', command('CLIENT KLIL'), targetOf({}), { unknown: 'subcommand' }, undefined],
  [
    'unknown, and asked for',
    command('CLIENT NO-TOUCH', null),
    targetOf({}),
    { unknown: 'subcommand' },
    'needs CLIENT NO-TOUCH, and the server does not know it',
  ],
])('a command that is %s', (_, demand, target, refusal, reason) => {
  const refusals = new Map(refusal ? [[demand.name, refusal]] : []);
  expect(unmetDemand(caseOf({ demands: [demand] }), target, refusals)).toBe(reason);
});

test('what acts on a whole server is asked of our own alone', () => {
  const cases = [
    caseOf({ demands: [command('CONFIG SET')], actsOnServer: 'CONFIG SET' }),
    caseOf({ demands: [command('GET'), { kind: 'capability', name: 'kill', by: null }] }),
  ];
  expect(commandsToAsk(cases, targetOf({}))).toEqual(['GET']);
  expect(commandsToAsk(cases, targetOf({ ours: true }))).toEqual(['CONFIG SET', 'GET']);
});

test.each<[sends: (string | null)[], owns: string[], wanted: boolean]>([
  [[], [], false],
  [['GET', 'EXISTS', 'PING', 'PUBLISH', 'SUBSCRIBE', 'XINFO STREAM', 'OBJECT ENCODING', 'COMMANDLOG GET'], [], false],
  [['GET', 'SET'], [], true],
  [['XGROUP CREATE'], [], true],
  [['EVALSHA'], [], true],
  [['FCALL'], [], true],
  [['DELIFEQ'], [], true],
  [['NO.SUCH'], [], true],
  [[null], [], true],
  [['GET'], ['key'], true],
])('a case that sends %j and owns %j writes: %s', (sends, owns, wanted) => {
  expect(writes(caseOf({ sends, owns }))).toBe(wanted);
});

test('every action that ships says what it sends, unless it starts programs', async () => {
  const silent: string[] = [];
  for (const unit of steps) if ((await unit.load()).commands === undefined) silent.push(unit.name);
  expect(silent).toEqual(['process.start']);
});
