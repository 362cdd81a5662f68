/** Bundles the command line as CommonJS with its launcher, and the library as ES modules. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildHalves } from './halves.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** Schemas are in the catalog; at run time the calls that would make them again give nothing, at no cost. */
const withoutTypeBox: Plugin = {
  name: 'without-typebox',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^typebox$/ }, () => ({ path: 'typebox', namespace: 'empty' }));
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
      contents: 'const nothing = () => ({}); export const Type = new Proxy({}, { get: () => nothing });',
    }));
  },
};

/** The commands that ioredis itself sends by their methods: handshakes, subscriptions, the slots of a cluster. */
const IOREDIS_OWN = [
  ...['asking', 'auth', 'client', 'cluster', 'hello', 'info', 'quit', 'readonly', 'select', 'multi', 'exec'],
  ...['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe'],
];

/** Where libraries do at every start, or for every token, what this program has no use for. */
const EDITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Asks the environment for each token whether to log it: a tenth of the time of parsing.
  'yaml/dist/parse/parser.js': { 'node_process.env.LOG_TOKENS': 'false' },
  // For subcommands that are programs of their own: there are none.
  'commander/lib/command.js': { "require('node:child_process')": '{}' },
  // Makes four functions for each of 400 commands at every start; here all go by `call`, but for its own.
  'ioredis/built/utils/Commander.js': {
    'commands_1.list.filter((command) => command !== "monitor")': JSON.stringify(IOREDIS_OWN),
  },
  // Clusters and Sentinels are looked after in src/redis.
  'ioredis/built/index.js': { 'require("./cluster")': '{}', 'require("./connectors/SentinelConnector")': '{}' },
  'ioredis/built/Redis.js': { 'require("./cluster")': '{}', 'require("./connectors/SentinelConnector")': '{}' },
  'ioredis/built/connectors/index.js': { 'require("./SentinelConnector")': '{}' },
  // Asks the environment and the terminal how to log what nobody reads.
  'ioredis/built/utils/debug.js': { 'require("debug")': '{ default: () => () => {} }' },
  // Describes to its evaluator and its type checker all functions of CEL: here it only parses.
  '@marcbachmann/cel-js/lib/evaluator.js': {
    'registerFunctions(globalRegistry)': '',
    'registerOverloads(globalRegistry)': '',
    'const globalEnvironment = ': 'const globalEnvironment = undefined && ',
  },
  // Guards the error of a parser that ioredis no longer has.
  'redis-errors/lib/modern.js': { "require('assert')": 'Object.assign(() => {}, { strictEqual() {} })' },
};

const leanLibraries: Plugin = {
  name: 'lean-libraries',
  setup({ onLoad }) {
    for (const [file, edits] of Object.entries(EDITS)) {
      onLoad(
        { filter: new RegExp(`${file.replaceAll(/[./]/g, (mark) => (mark === '/' ? '[/\\\\]' : '\\.'))}$`) },
        (found) => {
          let text = readFileSync(found.path, 'utf8');
          for (const [find, put] of Object.entries(edits)) {
            if (!text.includes(find)) throw new Error(`${file} no longer has ${find}: remove its line from EDITS`);
            text = text.replace(find, put);
          }
          return { contents: text, loader: 'js' };
        },
      );
    }
  },
};

/** Of Node and of others what a run without TLS, programs, compression and expressions does without: 1 to 3 ms each. */
const LAZY = /^(?:(?:node:)?(?:child_process|crypto|dns|tls|zlib)|@marcbachmann\/cel-js)$/;

/** They are loaded when something of them is first used. */
const lazyModules: Plugin = {
  name: 'lazy-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: LAZY }, ({ path: name, namespace }) => {
      if (namespace !== 'lazy') return { path: name, namespace: 'lazy' };
      return isBuiltin(name) ? { external: true } : undefined;
    });
    onLoad({ filter: LAZY, namespace: 'lazy' }, async ({ path: name }) => ({
      resolveDir: ROOT,
      contents: `let found;
for (const key of ${JSON.stringify(Object.keys((await import(name)) as object))})
  Object.defineProperty(exports, key, { enumerable: true, get: () => (found ??= require('${name}'))[key] });`,
    }));
  },
};

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { REDRILL_VERSION: JSON.stringify(manifest.version) },
  logLevel: 'warning',
  logOverride: { 'import-is-undefined': 'error' },
} as const;

export async function bundle(outdir = 'dist'): Promise<void> {
  rmSync(path.resolve(ROOT, outdir), { recursive: true, force: true });
  const [inputs] = await Promise.all([
    buildHalves(
      {
        ...common,
        format: 'cjs',
        // Libraries ask a class for its name, and `keepNames` would define one for every closure that is made.
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: 'none',
        plugins: [withoutTypeBox, leanLibraries, lazyModules],
        // CommonJS has no import.meta, and a library asks for its URL.
        // The launcher calls it with what a module has: wrapped here, the text need not be put together at each start.
        banner: {
          js: `(function (exports, require, module, __filename, __dirname) {
const moduleUrl = require('node:url').pathToFileURL(__filename).href, { elsewhere } = module;`,
        },
        footer: { js: '})' },
        define: { ...common.define, 'import.meta.url': 'moduleUrl' },
      },
      outdir,
    ),
    build({
      ...common,
      entryPoints: { bin: 'src/cli/launch.ts' },
      outdir,
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      minify: true,
      banner: { js: '#!/usr/bin/env node' },
    }),
    build({
      ...common,
      entryPoints: { index: 'src/index.ts' },
      outdir,
      format: 'esm',
      external: Object.keys(manifest.dependencies),
    }),
  ]);
  for (const name of ['redrill.cjs', 'rare.cjs']) {
    const file = path.resolve(ROOT, outdir, name);
    writeFileSync(file, asciiOnly(telling(readFileSync(file, 'utf8'))));
  }
  writeFileSync(path.resolve(ROOT, outdir, 'THIRD-PARTY-LICENSES.txt'), licensesOf(inputs));
}

/** The launcher wants to know which modules were loaded: esbuild wraps each in a function that is called once. */
function telling(text: string): string {
  const load = 'fn&&(res=(0,fn[__getOwnPropNames(fn)[0]])(fn=0))';
  if (text.split(load).length !== 2) throw new Error(`esbuild no longer loads modules by ${load}`);
  return text.replace(
    load,
    'fn&&(module.loaded.push(__getOwnPropNames(fn)[0]),res=(0,fn[__getOwnPropNames(fn)[0]])(fn=0))',
  );
}

/**
 * The launcher reads bytes as characters: 1.6 ms for 2.5 MB, where decoding UTF-8 takes 5. The bundler escapes strings;
 * patterns are left, and there the escape means the same.
 */
const asciiOnly = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The licences of the packages that the program holds: theirs go where their code goes. */
function licensesOf(inputs: readonly string[]): string {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'),
    ) as Package;
    const file = readdirSync(path.join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(path.join(ROOT, folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
