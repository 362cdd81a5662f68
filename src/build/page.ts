import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../reporters/html');

/** The script and the style of the HTML report as a module: the report holds both as text, and names their hashes. */
export async function pageTexts(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: FOLDER,
    entryPoints: { script: 'client/main.ts', style: 'style.css' },
    outdir: '.',
    write: false,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    charset: 'ascii',
    logLevel: 'warning',
  });
  const text = (name: string): string => {
    const file = outputFiles.find((output) => path.basename(output.path) === name);
    if (!file) throw new Error(`esbuild made no ${name}`);
    return file.text.trim();
  };
  const texts = { script: text('script.js'), style: text('style.css') };
  const lines = Object.entries(texts).flatMap(([name, value]) => [
    `export const ${name} = ${JSON.stringify(value)};`,
    `export const ${name}Hash = '${hashOf(value)}';`,
  ]);
  return `${lines.join('\n')}\n`;
}

/** As a Content-Security-Policy has it. */
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;
