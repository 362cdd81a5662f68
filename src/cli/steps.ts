import { stringify } from 'yaml';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { describeFields, describeRules } from '../scenario/describe.js';
import { EXIT } from './print.js';
import { loadPlugin, readProject } from './project.js';
import { builtinCatalog, catalogWith } from './registry.js';

/** Explains all actions in a line each, those of an area, or one in full. */
export async function steps(name: string | undefined): Promise<number> {
  const base = builtinCatalog();
  const { project } = readProject(base, process.cwd());
  const plugins = (await Promise.all(project.plugins.map((plugin) => loadPlugin(plugin, process.cwd())))).flat();
  const catalog = await catalogWith(plugins, base);
  const all = Object.values(catalog.data.steps);
  const one = name === undefined ? undefined : catalog.step(name);
  if (one) {
    process.stdout.write(explain(one));
    return EXIT.passed;
  }
  const chosen = name === undefined ? all : all.filter((step) => step.name.startsWith(`${name}.`));
  if (chosen.length === 0) {
    const near = nearestName(name ?? '', catalog.actions);
    throw new ScenarioError(`there is no action "${name}"`, {
      next: near ? `did you mean "${near}"?` : 'see `redrill steps` for all of them',
    });
  }
  const width = Math.max(...chosen.map((step) => step.name.length));
  for (const step of chosen) process.stdout.write(`${step.name.padEnd(width)}  ${step.summary}\n`);
  if (name === undefined) process.stdout.write('\nredrill steps NAME explains one in full.\n');
  return EXIT.passed;
}

function explain(step: StepMetadata): string {
  const needs = step.needs
    ? `\n  Only with --allow-${step.needs}, or \`allow: [${step.needs}]\` in the configuration.`
    : '';
  const parts = [
    `${step.name}\n  ${step.summary}${needs}`,
    ['Input', fields(step.input), ...describeRules(step.input).map(indent)].join('\n'),
    `Result\n${fields(step.result)}`,
  ];
  const examples = step.examples.map((example) => indent(stringify([{ [step.name]: example }]).trimEnd()));
  return `${[...parts, `Examples\n${examples.join('\n\n')}`].join('\n\n')}\n`;
}

function fields(schema: JsonSchema): string {
  const rows = describeFields(schema);
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  return rows
    .map((row) => indent(`${row.name.padEnd(width)}  ${[row.type, row.description].filter(Boolean).join('. ')}`))
    .join('\n');
}

const indent = (text: string): string => text.replaceAll(/^/gm, '  ');
