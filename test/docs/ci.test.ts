import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { folderWith } from '../support/redrill.js';
import { lintPipeline } from './gitlab.js';
import { lintAction, lintWorkflow } from './workflow.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

/** As the parsers of the CI servers have seen. */
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}
interface Pipeline {
  readonly redrill: { readonly script: readonly string[] };
  readonly verdict: { readonly script: readonly string[] };
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly name: string; readonly run?: string; readonly env?: Record<string, string> }[];
  };
}

const SCENARIO = `name: Counts
matrix: { to: [1, 2, 3, 4, 5, 6] }
steps:
  - command: [INCRBY, n, "\${{ matrix.to }}"]
    expect: { $lt: 6 }
`;

/** A project, with the programs of a CI server that install, upload and download. */
function project() {
  const bin: Record<string, string> = {
    npx: `#!/bin/sh\necho "$@" >>"$CALLS"\nif [ "$1" = --yes ]; then shift; fi\nshift\nexec '${process.execPath}' '${inject('program')}' "$@"\n`,
    aws: '#!/bin/sh\nif [ "$3" = --recursive ]; then cp -r "$BUCKET/${4#s3://}" "$5"\nelse mkdir -p "$(dirname "$BUCKET/${4#s3://}")"; cp "$3" "$BUCKET/${4#s3://}"; fi\n',
  };
  for (const name of ['npm', 'sudo', 'apt-get']) bin[name] = '#!/bin/sh\necho "$(basename "$0") $@" >>"$CALLS"\n';
  const cwd = folderWith({
    'scenarios/count.yaml': SCENARIO,
    ...Object.fromEntries(Object.entries(bin).map(([name, text]) => [`bin/${name}`, text])),
  });
  for (const name of Object.keys(bin)) chmodSync(`${cwd}/bin/${name}`, 0o755);
  const github = {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: cwd,
    GITHUB_OUTPUT: `${cwd}/output`,
    GITHUB_STEP_SUMMARY: `${cwd}/summary`,
  };
  /** As GitHub does; the others are no stricter. */
  const run = (script: string, env: Readonly<Record<string, string>> = {}) => {
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
    const own = {
      PATH: `${cwd}/bin:${process.env.PATH}`,
      CALLS: `${cwd}/calls`,
      BUCKET: `${cwd}/bucket`,
      REDRILL_CACHE: 'off',
    };
    const { GITHUB_ACTIONS: _, GITLAB_CI: __, ...inherited } = process.env;
    return spawnSync('bash', args, { cwd, encoding: 'utf8', env: { ...inherited, ...own, ...env } });
  };
  return { cwd, github, run, calls: () => readFileSync(`${cwd}/calls`, 'utf8') };
}

const SHARDS = ['1', '2', '3', '4'];

/** Six cases, one of which fails, whichever shard it was in. */
function expectReports(cwd: string, folder: string): void {
  expect(readFileSync(`${cwd}/${folder}/junit.xml`, 'utf8')).toMatch(
    /<testsuites name="redrill" tests="6" failures="1"/,
  );
  expect(readFileSync(`${cwd}/${folder}/redrill.html`, 'utf8')).toMatch(/^<!doctype html>/i);
}

describe('the workflow of GitHub', { timeout: TIMEOUT_MS }, () => {
  const text = read('docs/ci/github-workflow.yml');

  test('is one', async () => {
    expect(await lintWorkflow(text)).toEqual([]);
  });

  test('judges its shards', () => {
    const { jobs } = parse(text) as Workflow;
    const { cwd, github, run } = project();
    const scriptOf = (job: string) => jobs[job]!.steps.flatMap((step) => step.run ?? []).join('\n');
    for (const shard of SHARDS) run(scriptOf('shard').replaceAll('${{ matrix.shard }}', shard));
    const { status, stdout } = run(scriptOf('verdict'), github);
    expect([status, stdout]).toEqual([1, expect.stringContaining('::error file=scenarios/count.yaml,line=5')]);
    expectReports(cwd, 'reports');
    expect(readFileSync(`${cwd}/summary`, 'utf8')).toContain('Counts [to=6]');
  });
});

describe('the pipeline of GitLab', { timeout: TIMEOUT_MS }, () => {
  const text = read('docs/ci/gitlab-ci.yml');

  test('is one', async () => {
    expect(await lintPipeline(text)).toEqual([]);
  });

  test.each([
    ['artifacts:', 'artifcats:', "'artifcats' property is not expected to be here at redrill"],
    ['parallel: 4', 'parallel: four', 'parallel'],
    ['junit: reports/junit.xml', 'junit: 4', 'junit'],
  ])('with %j for %j is none', async (from, to, words) => {
    expect((await lintPipeline(text.replace(from, to))).join('\n')).toContain(words);
  });

  test('judges its shards', () => {
    const { redrill, verdict } = parse(text) as Pipeline;
    const { cwd, run } = project();
    for (const shard of SHARDS) {
      const env = { GITLAB_CI: 'true', CI_NODE_INDEX: shard, CI_NODE_TOTAL: '4', CI_JOB_NAME: `redrill ${shard}/4` };
      run(redrill.script.join('\n').replace(/--url \S+/, ''), env);
    }
    expect(run(verdict.script.join('\n')).status).toBe(1);
    expectReports(cwd, 'reports');
  });
});

describe('the buildspec', { timeout: TIMEOUT_MS }, () => {
  const spec: Fields = parse(read('docs/ci/buildspec.yml'));

  /** AWS publishes no schema: these are the keys of its reference. */
  const KEYS: Fields = {
    version: 0,
    batch: {
      'fast-fail': 0,
      'build-graph': [{ identifier: 0, env: { variables: { SHARD: 0 } }, 'depend-on': [0] }],
    },
    phases: { install: { 'runtime-versions': { nodejs: 0 }, commands: [0] }, build: { commands: [0] } },
    reports: { redrill: { files: [0], 'base-directory': 0, 'file-format': 0 } },
    artifacts: { files: [0], 'base-directory': 0 },
  };

  test('has keys that CodeBuild knows', () => {
    expect([...unknownKeys(spec, KEYS)]).toEqual([]);
    expect([...unknownKeys({ phases: { built: 1 }, batch: { 'build-graph': [{ id: 1 }] } }, KEYS)]).toEqual([
      'phases.built',
      'batch.build-graph.0.id',
    ]);
  });

  test('judges its shards', () => {
    const { cwd, run } = project();
    const { phases } = spec as { readonly phases: { readonly build: { readonly commands: readonly string[] } } }; // as was seen
    const script = phases.build.commands.join('\n');
    const env = { REDRILL_BUCKET: 'reports', CODEBUILD_INITIATOR: 'codebuild-batch/orders:1' };
    for (const SHARD of SHARDS) expect(run(script, { ...env, SHARD }).status).toBe(0);
    expect(run('rm -r shards').status).toBe(0);
    expect(run(script, env).status).toBe(1);
    expectReports(cwd, 'reports');
  });
});

describe('the Jenkinsfile', { timeout: TIMEOUT_MS }, () => {
  const text = read('docs/ci/Jenkinsfile');

  /** There is no schema of pipelines: what can be told is that its blocks are closed, and that those of a matrix are there. */
  test('has its sections', () => {
    let depth = 0;
    for (const character of withoutText(text)) {
      depth += Number(character === '{') - Number(character === '}');
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
    const sections = [...text.matchAll(/^\s*(\w+)(?:\(.*\))? \{/gm)].map(([, name]) => name);
    expect(sections.slice(0, 7)).toEqual(['pipeline', 'options', 'stages', 'stage', 'matrix', 'axes', 'axis']);
  });

  test('judges its shards', () => {
    const { cwd, run } = project();
    const commands = [...text.matchAll(/^\s*sh '(.*)'$/gm)].map(([, command = '']) => command);
    const [install = '', shard = '', , verdict = ''] = commands;
    for (const SHARD of SHARDS) expect(run(`${install}\n${shard}`, { SHARD }).status).toBe(0);
    expect(run(verdict).status).toBe(1);
    expectReports(cwd, 'reports');
  });
});

describe('the action of GitHub', { timeout: TIMEOUT_MS }, () => {
  const text = read('action.yml');
  const { inputs, runs } = parse(text) as Action;

  test('is one, of this version', async () => {
    expect(await lintAction(text)).toEqual([]);
    expect(inputs.version?.default).toBe((JSON.parse(read('package.json')) as { readonly version: string }).version);
  });

  test.each([
    ['using: composite', 'using: composit', 'composit'],
    ['      shell: bash\n', '', 'shell'],
    ['    - name: Run', '    - nmae: Run', 'nmae'],
  ])('with %j for %j is none', async (from, to, words) => {
    expect((await lintAction(text.replace(from, to))).join('\n')).toContain(words);
  });

  const start = ({ github, run }: ReturnType<typeof project>, given: Readonly<Record<string, string>>) => {
    const step = runs.steps.find(({ name }) => name === 'Run the scenarios')!;
    const value = (expression: string) => {
      const [, name = ''] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression) ?? [];
      return given[name] ?? inputs[name]!.default;
    };
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, from]) => [name, value(from)]));
    return run(step.run ?? '', { ...env, ...github });
  };

  test('runs scenarios, and keeps the reports', () => {
    const it = project();
    const { status, stdout } = start(it, {});
    expect([status, stdout]).toEqual([1, expect.stringContaining('::error file=scenarios/count.yaml,line=5')]);
    expectReports(it.cwd, 'redrill-reports');
    expect(readFileSync(`${it.cwd}/output`, 'utf8')).toBe('exit-code=1\n');
    expect(readFileSync(`${it.cwd}/summary`, 'utf8')).toContain('Counts [to=6]');
    expect(it.calls()).toMatch(/^--yes redrill@\d+\.\d+\.\d+ run scenarios --report github/);
  });

  test('takes inputs as they are', () => {
    const it = project();
    const strange = '$(touch pwned) `touch pwned`';
    const { status } = start(it, {
      paths: 'scenarios/count.yaml\n',
      args: `--var\nx=${strange}\n\n--grep\nto=[1-5]`,
      reports: 'my reports',
    });
    expect([status, existsSync(`${it.cwd}/pwned`)]).toEqual([0, false]);
    expect(it.calls()).toContain(`run scenarios/count.yaml --var x=${strange} --grep to=[1-5] --report github`);
    expect(existsSync(`${it.cwd}/my reports/junit.xml`)).toBe(true);
  });

  test("prefers the project's own version", () => {
    const it = project();
    const script = `mkdir -p node_modules/.bin && cd node_modules/.bin && printf '#!/bin/sh\\necho own "$@"\\n' >redrill && chmod +x redrill`;
    expect(it.run(script).status).toBe(0);
    expect(start(it, { url: 'redis://cache:6379' }).stdout).toBe(
      'own run scenarios --url redis://cache:6379 --report github --report junit=redrill-reports/junit.xml --report html=redrill-reports/redrill.html\n',
    );
  });
});

type Fields = Readonly<Record<string, unknown>>;

function* unknownKeys(given: unknown, known: unknown, place: readonly string[] = []): Iterable<string> {
  if (typeof given !== 'object' || given === null) return;
  const list = Array.isArray(known);
  for (const [key, value] of Object.entries(given)) {
    const inner: unknown = list ? known[0] : (known as Fields)[key]; // a mapping where no list is
    if (inner === undefined) yield [...place, key].join('.');
    else yield* unknownKeys(value, inner, [...place, key]);
  }
}

/** Groovy without what stands in quotes and comments. */
const withoutText = (groovy: string): string => groovy.replace(/'[^'\n]*'|"[^"\n]*"|\/\/.*$/gm, '');
