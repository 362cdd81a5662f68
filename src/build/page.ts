import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../reporters/html');

/** The script and the style of the HTML report as a module: the report holds both as text. */
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
  return `export const script = ${JSON.stringify(text('script.js'))};\nexport const style = ${JSON.stringify(text('style.css'))};\n`;
}
