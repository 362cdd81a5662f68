import { readFileSync } from 'node:fs';
import { ScenarioError } from '../../errors.js';
import { isMap } from '../../format/value.js';

/** Milliseconds by the id of a case. */
export type Durations = ReadonlyMap<string, number>;

/** Looked for where no other file is named. */
const DURATIONS_FILE = 'redrill.durations.json';

/** What `--report durations=FILE` wrote. No such file is no mistake: the first run of all has none. */
export function readDurations(given: string | undefined): Durations {
  const file = given ?? DURATIONS_FILE;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) {
      throw new ScenarioError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
    if (given !== undefined)
      process.stderr.write(`redrill: there is no ${file}: the cases are split by number alone\n`);
    return new Map();
  }
  const content = parse(text);
  if (isMap(content)) {
    const durations = Object.entries(content).flatMap(([id, ms]) => (isDuration(ms) ? [[id, ms] as const] : []));
    if (durations.length === Object.keys(content).length) return new Map(durations);
  }
  throw new ScenarioError(`${file} holds no durations of cases`, {
    next: `write it by redrill run --report durations=${file}`,
  });
}

const isDuration = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
