import { composeScenarioSchema } from '../scenario/published.js';
import { EXIT } from './print.js';
import { loadPlugin, readProject } from './project.js';
import { builtinCatalog, catalogWith } from './registry.js';

/** The schema that validates, with the actions of the project's plugins. */
export async function schema(): Promise<number> {
  const base = builtinCatalog();
  const { project } = readProject(base, process.cwd());
  const plugins = (await Promise.all(project.plugins.map((name) => loadPlugin(name, process.cwd())))).flat();
  const { data } = await catalogWith(plugins, base);
  const composed = composeScenarioSchema(data, Object.values(data.steps), Object.values(data.matchers));
  process.stdout.write(`${JSON.stringify(composed, null, 2)}\n`);
  return EXIT.passed;
}
