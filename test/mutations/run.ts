/**
 * Puts one bug after the other into a copy of the checkout, and demands that what is meant to catch it fails:
 * `npm run mutate [-- PART-OF-A-NAME…]`. A run of all, with none that survives, writes caught.md.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestServer } from '../support/server.js';
import { type Caught, runCatcher } from './catch.js';
import { describeCatcher, describeMutation, type Mutation, mutate } from './mutation.js';
import { mutations } from './mutations.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Each has a copy of its own. */
const AT_ONCE = 2;

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const chosen = mutations.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part)),
);

/** What git knows or would take, as it is now. */
function copyCheckout(to: string): string {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of listed.toString().split('\0')) {
    const from = path.join(ROOT, file);
    if (file === '' || !existsSync(from)) continue;
    mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    cpSync(from, path.join(to, file));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(to, 'node_modules'));
  return to;
}

/** Does something for each, in as many copies as there are. */
async function forEach<T>(copies: readonly string[], all: readonly T[], act: (one: T, copy: string) => Promise<void>) {
  const left = all.values();
  await Promise.all(
    copies.map(async (copy) => {
      for (const one of left) await act(one, copy);
    }),
  );
}

async function tryMutation(mutation: Mutation, copy: string, serverUrl: string): Promise<Caught> {
  const file = path.join(copy, mutation.file);
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, mutate(mutation, source));
  try {
    return await runCatcher(mutation.caughtBy, copy, serverUrl);
  } catch (error) {
    return { outcome: 'broken', how: String(error) }; // it does not even build
  } finally {
    writeFileSync(file, source);
  }
}

async function main(folder: string): Promise<boolean> {
  const copies = Array.from({ length: AT_ONCE }, (_, at) => copyCheckout(path.join(folder, String(at))));
  for (const copy of copies) {
    const build = path.join(copy, 'src/build/generate.ts');
    const { generate } = (await import(build)) as typeof import('../../src/build/generate.js');
    await generate({ check: true });
  }
  await using server = await startTestServer();

  const catchers = new Map(chosen.map(({ caughtBy }) => [describeCatcher(caughtBy), caughtBy]));
  console.log(`${catchers.size} scenarios and tests, without a mutation`);
  let sound = true;
  await forEach(copies, [...catchers], async ([name, catcher], copy) => {
    const { outcome, how } = await runCatcher(catcher, copy, server.url);
    if (outcome === 'passed') return;
    sound = false;
    console.log(`  does not pass by itself: ${name}\n    ${how}`);
  });
  if (!sound) return false;

  const found = new Map<Mutation, Caught>();
  await forEach(copies, chosen, async (mutation, copy) => {
    const caught = await tryMutation(mutation, copy, server.url);
    found.set(mutation, caught);
    const verdict = { caught: 'caught', passed: 'SURVIVED', broken: 'BROKEN' }[caught.outcome];
    console.log(`${verdict.padEnd(8)}  ${mutation.name}`);
    console.log(`            ${describeCatcher(mutation.caughtBy)}`);
    if (caught.how !== '') console.log(`            ${caught.how}`);
  });
  const count = [...found.values()].filter(({ outcome }) => outcome === 'caught').length;
  console.log(`${count} of ${chosen.length} mutations caught`);
  if (count < chosen.length) return false;
  if (chosen.length === mutations.length) writeFileSync(path.join(import.meta.dirname, 'caught.md'), listOf(mutations));
  return chosen.length > 0;
}

function listOf(all: readonly Mutation[]): string {
  const head = ['# Bugs that were put in, and what caught each', '', `All ${all.length}, by \`npm run mutate\`.`, ''];
  return [...head, ...all.map(describeMutation).sort(), ''].join('\n');
}

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-mutations-'));
const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    remove();
    process.exit(1);
  });
}
try {
  process.exitCode = (await main(folder)) ? 0 : 1;
} finally {
  remove();
}
