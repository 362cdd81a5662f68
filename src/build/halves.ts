/**
 * The program in two files: what most runs need, and what few do. A start reads all of a file, and V8 takes each function
 * that stands in it from its cache: of the second that would be a twentieth of the time until the first command.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Of what is imported when it is needed, that which is seldom: commands beside `run` and `validate`, reports for CI … */
const RARE = [
  /^src\/cli\/(?:commands|init|list|merge|report|schema|steps|targets|verify)\.ts$/,
  /^src\/cli\/(?:bench|debug|dlq|doctor|shards|watch)\//,
  /^src\/reporters\/(?:ctrf|durations|github|html|json|junit|markdown|tap)\.ts$/,
  /^src\/targets\/(?:container|elasticache)\b/,
  /^src\/scenario\/keywords\.ts$/,
  /^node_modules\/(?:ajv|re2js|@vitest\/utils)\//,
];

/** Builds both. Gives the modules that are in them, as paths from the top. */
export async function buildHalves(options: BuildOptions, outdir: string): Promise<readonly string[]> {
  const half = (name: string, modules: Iterable<string>, elsewhere: Plugin, write = true) =>
    build({
      ...options,
      write,
      metafile: true,
      stdin: { contents: entryOf(name, modules), resolveDir: ROOT },
      outfile: path.join(outdir, `${name}.cjs`),
      plugins: [elsewhere, ...(options.plugins ?? [])],
    });
  const rare = new Set<string>();
  const isRare = (id: string, kind: string) => kind === 'dynamic-import' && RARE.some((pattern) => pattern.test(id));
  const draft = await half('redrill', [], takenElsewhere(isRare, rare), false);
  const first = inputsOf(draft);
  const shared = new Set<string>();
  const second = await half(
    'rare',
    rare,
    takenElsewhere((id) => first.has(id), shared),
  );
  // Once more, now that it is known what the other takes of it.
  await half('redrill', shared, takenElsewhere(isRare, rare));
  return [...new Set([...first, ...inputsOf(second)])];
}

const inputsOf = ({ metafile }: { readonly metafile?: { readonly inputs: object } }): Set<string> =>
  new Set(Object.keys(metafile?.inputs ?? {}).filter((id) => !id.startsWith('elsewhere:')));

/** `modules` are for the other half, when it asks. */
function entryOf(name: string, modules: Iterable<string>): string {
  const table = Array.from(modules, (id) => `${JSON.stringify(id)}: () => require(${JSON.stringify(`./${id}`)})`);
  const main = name === 'redrill' ? `export { main } from './src/cli/main.ts';\n` : '';
  return `${main}export const modules = { ${table.join(', ')} };`;
}

const ASKING = {};

/** What is in the other half comes from there, by the launcher, so that no module is there twice. */
function takenElsewhere(isElsewhere: (id: string, kind: string) => boolean, taken: Set<string>): Plugin {
  return {
    name: 'taken-elsewhere',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /./ }, async ({ path: name, pluginData, ...from }) => {
        if (pluginData === ASKING || from.importer === '<stdin>') return undefined;
        const found = await resolve(name, { ...from, pluginData: ASKING });
        if (found.external || found.namespace !== 'file') return undefined;
        const id = path.relative(ROOT, found.path).split(path.sep).join('/');
        if (!isElsewhere(id, from.kind)) return undefined;
        taken.add(id);
        // By its end the path would say that it is an ES module.
        return { path: `${id}:`, namespace: 'elsewhere' };
      });
      onLoad({ filter: /./, namespace: 'elsewhere' }, ({ path: name }) => ({
        contents: `module.exports = elsewhere(${JSON.stringify(name.slice(0, -1))});`,
      }));
    },
  };
}
