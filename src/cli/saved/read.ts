import { readFileSync } from 'node:fs';
import type { RunEvent, RunFinished, RunStarted } from '../../contracts/event.js';
import { ScenarioError } from '../../errors.js';
import { formatPath } from '../../format/path.js';
import { formatValue, isMap } from '../../format/value.js';
import { EVENTS } from './events.js';
import { Tally } from './tally.js';

export interface SavedRun {
  readonly events: readonly RunEvent[];
  readonly started: RunStarted;
  /** Undefined where the run was killed, or still goes on. */
  readonly finished: RunFinished | undefined;
}

/**
 * Reads a file that `--report ndjson=FILE` wrote; a last line that was cut off in the middle is left out. Raises a
 * ScenarioError for a line that is damaged or lost: a report without a case that failed looks like a pass.
 */
export function readRun(file: string): SavedRun {
  const lines = readText(file).split('\n');
  const events: RunEvent[] = [];
  const tally = new Tally();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const value = parse(line);
    if (value === undefined && index === lines.length - 1) break;
    const place = `${file}:${index + 1}`;
    const event = checkEvent(value, file, place);
    if (event.type !== 'run.started' && events.length === 0) {
      throw new ScenarioError(`${file} does not begin with the start of a run`, { next: DAMAGED });
    }
    if (event.type === 'run.started' && events.length > 0) {
      throw new ScenarioError(`${place}: a run begins here, after the events of another`, {
        next: 'render one at a time: split the file before this line',
      });
    }
    const problem = tally.add(event, index + 1);
    if (problem !== undefined) throw new ScenarioError(`${place}: ${problem}`, { next: DAMAGED });
    events.push(event);
  }
  const [started] = events;
  if (started?.type !== 'run.started') throw new ScenarioError(`${file} holds no event of a run`, { next: SAVE });
  return { events, started, finished: tally.finished };
}

const SAVE = 'name a file that `redrill run --report ndjson=FILE` wrote';
const DAMAGED = 'the file is not as its run wrote it: get it anew, or run again with --report ndjson=FILE';

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException; // of the file system
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new ScenarioError(`${file} cannot be read: ${why}`, { cause, next: SAVE });
  }
}

/** Undefined for what is no JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isType = (type: unknown): type is keyof typeof EVENTS => typeof type === 'string' && Object.hasOwn(EVENTS, type);

function checkEvent(value: unknown, file: string, place: string): RunEvent {
  if (!isMap(value) || !isType(value.type)) {
    throw new ScenarioError(`${place} is no event of a run`, { next: place === `${file}:1` ? SAVE : DAMAGED });
  }
  const { type, format, redrill } = value;
  if (type === 'run.started' && typeof format === 'number' && format !== 1) {
    throw new ScenarioError(`${file} was written in format ${format}, and this version reads format 1`, {
      next: `render it with redrill ${redrill}`,
    });
  }
  const flaw = EVENTS[type](value);
  if (flaw) {
    const is = flaw.value === undefined ? 'missing' : `${formatValue(flaw.value)}, and must be ${flaw.expected}`;
    throw new ScenarioError(`${place}: \`${formatPath(flaw.path)}\` of this ${type} is ${is}`, { next: DAMAGED });
  }
  return value as unknown as RunEvent; // it has its shape
}
