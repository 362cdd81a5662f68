/**
 * The program's entry: runs the bundle from V8's code cache, which is made at the end of the first run of each command, and
 * again when a run has loaded more of the bundle.
 * Whatever is wrong with the cache, the bundle runs without it.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { cacheFolder, cacheName, readCached, writeCached } from './cache.js';

declare const __dirname: string;
declare const require: unknown;

// Before the bundle, since a cache holds for its flags alone. Code that ran once must be there when the cache is made at
// the end. Runs are short: to optimise less at once takes 10 % less of the processor, and no load is slower for it. Of a
// run the young generation grows to its limit at once: from 1 MB by twos, collections took 5 % of it.
setFlagsFromString('--no-flush-bytecode');
setFlagsFromString('--max-inlined-bytecode-size-cumulative=400');
if (process.argv[2] === 'run') setFlagsFromString('--semi-space-growth-factor=16');

function codeName(file: string): string {
  const { mtimeMs, size } = statSync(file);
  // Of each command: a cache holds what the run that made it has compiled, and `validate` compiles little of `run`.
  return cacheName(`${file} ${mtimeMs} ${size} ${process.version} ${process.arch} ${process.argv[2] ?? ''}`, 'v8');
}

/** Compiled code, the modules that it is of, and how long their names are. */
function readCode(name: string): { readonly code: Buffer; readonly modules: ReadonlySet<string> } | undefined {
  const found = readCached(name);
  const end = (found?.length ?? 0) - 4;
  if (!found || end < 0) return undefined;
  const start = Math.max(0, end - found.readUInt32LE(end));
  return { code: found.subarray(0, start), modules: new Set(found.toString('latin1', start, end).split('\n')) };
}

function writeCode(name: string, code: Buffer, modules: Iterable<string>): void {
  const names = Buffer.from([...modules].join('\n'), 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(names.length);
  writeCached(name, Buffer.concat([code, names, length]));
}

interface Half {
  readonly main: (argv: readonly string[], importModule: (url: string) => Promise<unknown>) => Promise<void>;
  /** Those that the other half takes. */
  readonly modules: Readonly<Record<string, () => unknown>>;
}

/** What is to be done at the end. */
const ends: (() => void)[] = [];

/** Runs a file of the bundle; `other` is the one that has the modules which are not in it. */
function load(fileName: string, other: () => Half): Half {
  const file = path.join(__dirname, fileName);
  const name = cacheFolder() === undefined ? undefined : codeName(file);
  const cached = name === undefined ? undefined : readCode(name);
  const script = new vm.Script(readFileSync(file, 'latin1'), {
    filename: file,
    ...(cached && { cachedData: cached.code }),
  });
  const module = {
    exports: {} as Half, // what the bundle makes of it
    /** The bundle's own that have been loaded. */
    loaded: [] as string[],
    elsewhere: (id: string) => other().modules[id]!(), // both were built together
  };
  script.runInThisContext()(module.exports, require, module, file, __dirname);
  ends.push(() => {
    const known = script.cachedDataRejected ? undefined : cached?.modules;
    if (name !== undefined && !(known && module.loaded.every((each) => known.has(each))))
      writeCode(name, script.createCachedData(), new Set([...(known ?? []), ...module.loaded]));
  });
  return module.exports;
}

let rare: Half | undefined;
const redrill = load('redrill.cjs', () => (rare ??= load('rare.cjs', () => redrill)));

function end(): void {
  for (const each of ends) each();
  // To take the heap down takes 3 ms, and nothing is in it that matters. What a slow reader has not taken yet goes first.
  setImmediate(() => {
    if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
  });
}

void redrill.main(process.argv, (url) => import(url)).finally(end);
