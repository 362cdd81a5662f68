import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { folderWith } from '../support/redrill.js';

const manifest = createRequire(import.meta.url).resolve('gitlab-ci-local/package.json');
const program = path.join(path.dirname(manifest), 'dist/index.js');
/** The one thing that it takes from Node 22. */
const union = 'Set.prototype.union ??= function (other) { return new Set([...this, ...other]); };';

/** What GitLab's schema, which gitlab-ci-local carries, finds wrong with a pipeline. */
export function lintPipeline(content: string): Promise<readonly string[]> {
  const cwd = folderWith({ '.gitlab-ci.yml': content });
  const args = ['--import', `data:text/javascript,${encodeURIComponent(union)}`, program, '--list', '--no-color'];
  const env = { ...process.env, HOME: cwd, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile('git', ['init', '-q'], { cwd }, () => {
      execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
        const found = [...`${stdout}${stderr}`.matchAll(/^\s*•\s(?!Copy|Use)(.*)$/gm)].map(
          ([, problem = '']) => problem,
        );
        resolve(error && found.length === 0 ? [stderr] : found);
      });
    });
  });
}
