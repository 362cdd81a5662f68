import { stringify } from 'yaml';
import type { Checker } from '../contracts/checker.js';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { FUNCTIONS } from '../expression/functions.js';
import type { CatalogData } from '../scenario/catalog.js';
import { describeFields, describeRules } from '../scenario/describe.js';

const AREAS: Readonly<Record<string, string>> = {
  command: 'Any command',
  cache: 'Cache',
  pubsub: 'Pub/sub',
  queue: 'Queues',
  dlq: 'Dead letters',
  stream: 'Streams',
  process: 'Programs under test',
  verify: 'Verify',
  load: 'Load',
  flow: 'Time and flow',
};

const COMMANDS = ['command', 'pipeline', 'transaction', 'script'];

function areaOf(name: string): string {
  if (COMMANDS.includes(name)) return 'command';
  if (name.includes('.')) return name.split('.')[0]!;
  return name === 'load' ? 'load' : 'flow';
}

/** The reference's pages by file name: one for each area of actions, and one each for operators, expressions and checkers. */
export function referencePages(catalog: CatalogData, checkers: readonly Checker[]): Map<string, string> {
  const areas = new Map<string, StepMetadata[]>();
  for (const step of Object.values(catalog.steps)) {
    const area = areaOf(step.name);
    areas.set(area, [...(areas.get(area) ?? []), step]);
  }
  const pages = new Map<string, string>();
  for (const [area, list] of areas)
    pages.set(`${area}.md`, `# ${AREAS[area] ?? area}\n\n${list.map(actionSection).join('\n')}`);
  pages.set('operators.md', operatorsPage(catalog));
  pages.set('expressions.md', expressionsPage());
  pages.set('checkers.md', checkersPage(checkers));
  const index = [...areas].map(
    ([area, list]) => `- [${AREAS[area] ?? area}](${area}.md): ${list.map((step) => `\`${step.name}\``).join(', ')}`,
  );
  pages.set(
    'README.md',
    `# Reference\n\nMade from the units themselves; \`redrill steps NAME\` prints the same in a terminal.\n\n${index.join('\n')}\n- [Operators](operators.md) of \`expect\`\n- [Functions](expressions.md) of expressions\n- [Checkers](checkers.md) of what happened to messages\n`,
  );
  return pages;
}

function actionSection(step: StepMetadata): string {
  const notes = [
    step.effect === 'changes' ? '' : 'It only looks, so `within` and `throughout` may run it again and again.',
    step.live ? 'It can leave a live actor: judge it by `inspect` or `stop`.' : '',
    step.needs ? `Only with \`--allow-${step.needs}\`, or \`allow: [${step.needs}]\` in the configuration.` : '',
  ].filter((note) => note !== '');
  const examples = step.examples.map(
    (example) => `\`\`\`yaml\n${stringify([{ [step.name]: example }]).trimEnd()}\n\`\`\``,
  );
  return `${[`## ${step.name}`, step.summary, ...notes, `**Input**\n\n${table(step.input)}`, ...rulesOf(step.input), `**Result**\n\n${table(step.result)}`, ...examples].join('\n\n')}\n`;
}

const rulesOf = (input: JsonSchema): string[] => {
  const rules = describeRules(input);
  return rules.length === 0 ? [] : [rules.join(' ')];
};

function table(schema: JsonSchema): string {
  const rows = describeFields(schema);
  if (rows.length === 0) return 'Nothing.';
  return [
    '| field | value | meaning |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| \`${row.name}\` | ${cell(row.type)} | ${cell(row.description)} |`),
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function expressionsPage(): string {
  const rows = [...FUNCTIONS].map(([name, overloads]) => {
    const signatures = overloads.map(({ parameters, result }) => `\`${name}(${parameters.join(', ')}) → ${result}\``);
    return `| \`${name}\` | ${cell(signatures.join(', '))} |`;
  });
  return `# Functions of expressions

Expressions are CEL: \`+ - * / %\`, comparisons, \`&& || !\`, \`in\`, \`a ? b : c\`, lists, maps, \`has(a.b)\`, and the macros
\`all\`, \`exists\`, \`exists_one\`, \`filter\` and \`map\` of lists and maps. \`x.f(y)\` and \`f(x, y)\` mean the same.

| function | forms |
| --- | --- |
${rows.join('\n')}
| \`random.int\` | \`random.int(from, to) → number\`, both included, from the seed |
| \`random.uuid\` | \`random.uuid() → string\`, from the seed |
`;
}

function operatorsPage({ matchers }: CatalogData): string {
  const rows = Object.values(matchers).map((matcher) => {
    const example = matcher.examples.map((operand) => `\`{ ${matcher.name}: ${JSON.stringify(operand)} }\``).join(', ');
    return `| \`${matcher.name}\` | ${cell(matcher.summary)} | ${cell(example)} |`;
  });
  return `# Operators

A mapping in \`expect\` whose keys begin with \`$\` holds operators, all of which must hold.
A missing path fails every operator but \`$exists: false\`.

| operator | holds when | examples |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function checkersPage(checkers: readonly Checker[]): string {
  const sections = checkers.map(
    ({ name, summary, definition }) => `## ${name}\n\n${summary}\n\n${definition.trim()}\n`,
  );
  return `# Checkers

Steps record what was done with each message, and when: in a history of the case. A checker reads it and gives a verdict,
counts, and the ids of the first ten messages of each kind. The actions under [Verify](verify.md) ask them.

A verdict is \`failed\`, \`unknown\` or \`passed\`; what is certain makes it \`failed\` even where other things are not known.
An operation whose reply never came has an unknown outcome: it may have happened or not. Times in reasons count from the
beginning of the case.

${sections.join('\n')}`;
}
