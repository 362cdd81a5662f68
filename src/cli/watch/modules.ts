import { readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import path from 'node:path';
import { isFile } from './names.js';

/**
 * A module is loaded once in a process. One with another mark behind its URL is another module, and hands its mark on
 * to what it imports from the project; packages are left as they are.
 */
const HOOK = `export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const mark = /\\?redrill=\\d+$/.exec(context.parentURL ?? '')?.[0];
  const ours = found.url.startsWith('file:') && !found.url.includes('/node_modules/') && !found.url.includes('?');
  return mark && ours ? { ...found, url: found.url + mark } : found;
}`;

/** Modules of plugins, loaded anew whenever they changed. */
export class FreshModules {
  #loads = 0;

  /** What to put behind the URLs of modules that are loaded from now on. */
  renew(): string {
    if (this.#loads++ === 0) register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
    const { cache } = createRequire(import.meta.url);
    for (const file of Object.keys(cache)) {
      // CommonJS is remembered by its file, whatever its URL.
      if (!file.includes(`${path.sep}node_modules${path.sep}`)) delete cache[file];
    }
    return `?redrill=${this.#loads}`;
  }
}

/** A module and what it imports of the project, as far as that can be read off the text. */
export function moduleFiles(entry: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(entry)) return found;
  found.add(entry);
  if (!isFile(entry)) return found;
  for (const [, name = ''] of readFileSync(entry, 'utf8').matchAll(SPECIFIER)) {
    moduleFiles(path.resolve(path.dirname(entry), name), found);
  }
  return found;
}

/** `from './queue.js'`, `import('./queue.js')`, `require("../queue.cjs")` */
const SPECIFIER = /\b(?:from|import|require)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;
