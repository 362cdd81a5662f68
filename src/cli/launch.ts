/**
 * The program's entry: runs the bundle from V8's code cache, which is made at the end of the first run of each command.
 * Whatever is wrong with the cache, the bundle runs without it.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { cacheFolder, readCached, writeCached } from './cache.js';

declare const __dirname: string;
declare const require: unknown;

// Of a run the young generation grows to its limit at once: from 1 MB by twos, collections took 5 % of it. Before the
// bundle, since a code cache holds for the flags that it was made under.
if (process.argv[2] === 'run') setFlagsFromString('--semi-space-growth-factor=16');

const file = path.join(__dirname, 'redrill.cjs');

function cacheName(): string {
  const { mtimeMs, size } = statSync(file);
  // Of each command: a cache holds what the run that made it has compiled, and `validate` compiles little of `run`.
  const mark = `${file} ${mtimeMs} ${size} ${process.version} ${process.arch} ${process.argv[2] ?? ''}`;
  return `${createHash('sha1').update(mark).digest('hex').slice(0, 16)}.v8`;
}

const name = cacheFolder() === undefined ? undefined : cacheName();
const cachedData = name === undefined ? undefined : readCached(name);
const script = new vm.Script(readFileSync(file, 'latin1'), { filename: file, ...(cachedData && { cachedData }) });
const module = {
  exports: {} as { main?: (argv: readonly string[], importModule: (url: string) => Promise<unknown>) => Promise<void> },
};
script.runInThisContext()(module.exports, require, module, file, __dirname);
const finished = module.exports.main?.(process.argv, (url) => import(url));
if (name !== undefined && (!cachedData || script.cachedDataRejected))
  void finished?.finally(() => writeCached(name, script.createCachedData()));
