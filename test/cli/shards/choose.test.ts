import { expect, test } from 'vitest';
import { chooseShard, type ShardChoice } from '../../../src/cli/shards/choose.js';
import { ScenarioError } from '../../../src/errors.js';

type Environment = Record<string, string>;

const gitlab = (index: number, total: number, job = `test ${index}/${total}`): Environment => ({
  GITLAB_CI: 'true',
  CI_JOB_NAME: job,
  CI_NODE_INDEX: String(index),
  CI_NODE_TOTAL: String(total),
});
const heroku = (index: number, total: number): Environment => ({
  HEROKU_TEST_RUN_ID: 'e5e28b13',
  CI_NODE_INDEX: String(index),
  CI_NODE_TOTAL: String(total),
});
const nodes = 'CI_NODE_INDEX and CI_NODE_TOTAL';

test.each<[name: string, flag: string | undefined, env: Environment, choice: ShardChoice | undefined]>([
  ['nothing', undefined, {}, undefined],
  ['the flag', '2/4', {}, { index: 2, total: 4 }],
  ['the flag, whatever the environment says', '1/1', gitlab(2, 4), { index: 1, total: 1 }],
  ['GitLab, which counts from 1', undefined, gitlab(4, 4), { index: 4, total: 4, by: nodes }],
  ['GitLab, asked for', 'auto', gitlab(1, 4), { index: 1, total: 4, by: nodes }],
  ['a job of GitLab that is the only one', undefined, { GITLAB_CI: 'true', CI_NODE_TOTAL: '1' }, undefined],
  [
    'a job of `parallel: matrix`, which differs from the others',
    undefined,
    gitlab(2, 4, 'test: [redis, 7]'),
    undefined,
  ],
  ['one of those, asked for', 'auto', gitlab(2, 4, 'test: [redis, 7]'), { index: 2, total: 4, by: nodes }],
  ['Heroku CI, which counts from 0', undefined, heroku(0, 4), { index: 1, total: 4, by: nodes }],
  ['a run of Heroku CI on one dyno', undefined, heroku(0, 1), undefined],
  ['the variables of GitLab elsewhere', undefined, { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' }, undefined],
  ['Kubernetes, which does not say of how many', undefined, { JOB_COMPLETION_INDEX: '2' }, undefined],
  [
    'Kubernetes with a total',
    'auto/4',
    { JOB_COMPLETION_INDEX: '3' },
    { index: 4, total: 4, by: 'JOB_COMPLETION_INDEX' },
  ],
  [
    'Kubernetes with a total in the environment',
    undefined,
    { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '4' },
    { index: 1, total: 4, by: 'JOB_COMPLETION_INDEX and JOB_COMPLETIONS' },
  ],
])('%s', (_, flag, env, choice) => {
  expect(chooseShard(flag, env)).toEqual(choice);
});

const FLAG = 'write --shard 1/4, or --shard auto where the CI server says which it is';
const RANGE = 'they go from 1/4 to 4/4: write --shard 1/4';

test.each<[flag: string | undefined, env: Environment, message: string, next: string]>([
  ['2', {}, '--shard 2 is no part of a run', FLAG],
  ['2of4', {}, '--shard 2of4 is no part of a run', FLAG],
  ['', {}, '--shard  is no part of a run', FLAG],
  ['0/4', {}, '--shard 0/4: there is no such shard', RANGE],
  ['5/4', {}, '--shard 5/4: there is no such shard', RANGE],
  ['1/0', {}, '--shard 1/0: there is no such shard', RANGE],
  ['4/3', {}, '--shard 4/3: there is no such shard', 'they go from 1/3 to 3/3: write --shard 1/3'],
  [
    'auto',
    {},
    '--shard auto: the environment does not say which shard this is',
    'GitLab (`parallel: 4`), Heroku CI and Kubernetes (`completionMode: Indexed`) do; elsewhere write --shard 1/4',
  ],
  [
    'auto',
    { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' },
    '--shard auto: CI_NODE_INDEX counts from 1 on GitLab and from 0 elsewhere, and this is not GitLab',
    'write --shard $((CI_NODE_INDEX + 1))/$CI_NODE_TOTAL where it counts from 0',
  ],
  [
    'auto',
    { JOB_COMPLETION_INDEX: '3' },
    '--shard auto: JOB_COMPLETION_INDEX is 3, and nothing says of how many',
    'write --shard auto/4 with the number of jobs, or set JOB_COMPLETIONS',
  ],
  ['auto/5', gitlab(1, 4), '--shard auto/5: CI_NODE_TOTAL is 4', 'write --shard auto, and the number of jobs once'],
  [
    'auto/3',
    { JOB_COMPLETION_INDEX: '3' },
    'JOB_COMPLETION_INDEX 3 of 3: there is no such shard',
    'they go from 1/3 to 3/3: write --shard 1/3',
  ],
  [undefined, gitlab(5, 4), 'CI_NODE_INDEX 5 of 4: there is no such shard', RANGE],
  ['auto', { ...gitlab(1, 4), CI_NODE_INDEX: 'one' }, 'CI_NODE_INDEX one of 4: there is no such shard', RANGE],
])('%j in %j is a mistake', (flag, env, message, next) => {
  const mistake = new ScenarioError(message, { next });
  expect(() => chooseShard(flag, env)).toThrow(mistake);
});
