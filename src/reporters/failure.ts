import type { Failure, FailureMismatch, Location, NearbyEvent, NearbyStep, Surroundings } from '../contracts/result.js';
import { renderFrame } from '../format/frame.js';
import { formatPath } from '../format/path.js';
import { formatDuration } from '../format/quantity.js';
import { oneLine, plural, printable } from '../format/text.js';
import type { Paint, Style } from './paint.js';
import { formatEventValue } from './value.js';

const MISMATCHES_SHOWN = 10;
const VALUE = { maxLength: 400 };
/** Codes that say no more than the message under them does. */
export const PLAIN_CODES = new Set(['MISMATCH', 'ASSERTION', 'GUARANTEE', 'UNKNOWN']);

export interface FailureOptions {
  readonly paint: Paint;
  readonly color: boolean;
}

/** What failed, where, and what to look at next, as lines. `place` is shown when the failure has no frame. */
export function renderFailure(failure: Failure, place: Location | undefined, options: FailureOptions): string[] {
  const { paint } = options;
  const [message = '', ...rest] = printable(failure.message).split('\n');
  const lines = [paint('bold', message), ...rest];
  if (!PLAIN_CODES.has(failure.code) && !failure.message.includes(failure.code)) {
    lines[0] += ` ${paint('gray', `(${oneLine(failure.code)})`)}`;
  }
  const where = placeOf(failure) ?? place;
  if (failure.frame) lines.push('');
  if (where) lines.push(paint('cyan', formatLocation(where)));
  if (failure.frame) lines.push(...renderFrame({ ...failure.frame, ...where }, { color: options.color }).split('\n'));
  const mismatches = failure.mismatches ?? [];
  for (const mismatch of mismatches.slice(0, MISMATCHES_SHOWN)) {
    lines.push('', ...renderMismatch(mismatch, where, paint));
  }
  const more = mismatches.length - MISMATCHES_SHOWN;
  if (more > 0) lines.push('', paint('gray', `… ${plural(more, 'more place')}`));
  if (failure.soFar !== undefined) {
    lines.push('', ...labelled('so far  ', formatEventValue(failure.soFar, VALUE), paint));
  }
  if (failure.surroundings) lines.push('', ...renderSurroundings(failure.surroundings, paint));
  if (failure.next !== undefined) lines.push('', ...labelled('next  ', printable(failure.next), paint));
  return lines;
}

/** Where to look: the first thing that was not as expected if the frame shows it, else what the frame is about. */
export function placeOf({ frame, mismatches }: Failure): Location | undefined {
  const first = mismatches?.[0]?.location;
  if (!frame || !first || first.file !== frame.file) return frame;
  return first.line >= frame.startLine && first.line < frame.startLine + frame.lines.length ? first : frame;
}

function renderMismatch(mismatch: FailureMismatch, shown: Location | undefined, paint: Paint): string[] {
  const { location } = mismatch;
  const elsewhere = location && (location.file !== shown?.file || location.line !== shown.line);
  const heading = paint('bold', mismatch.path.length === 0 ? 'the whole result' : oneLine(formatPath(mismatch.path)));
  const { expected, actual } = sidesOf(mismatch);
  const lines = [
    elsewhere ? `${heading}  ${paint('gray', formatLocation(location))}` : heading,
    ...labelled('expected  ', printable(expected), paint, 'green').map(indent),
    ...labelled('actual    ', actual, paint, 'red').map(indent),
  ];
  for (const line of printable(mismatch.difference ?? '').split('\n')) {
    if (line !== '') lines.push(indent(paintDifference(line, paint)));
  }
  return lines;
}

/** What was asked and what there was, in words. */
export function sidesOf({ expected, actual, unit = '' }: FailureMismatch): { expected: string; actual: string } {
  if (actual === undefined) return { expected, actual: 'nothing: the path is missing' };
  const behind = /^\w/.test(unit) ? ` ${unit}` : unit;
  const asked = /\d$/.test(expected) ? `${expected}${behind}` : expected;
  return { expected: asked, actual: `${formatEventValue(actual, VALUE)}${behind}` };
}

function paintDifference(line: string, paint: Paint): string {
  if (line.startsWith('-')) return paint('green', line);
  return line.startsWith('+') ? paint('red', line) : paint('gray', line);
}

/** When it was found, and what went on then. */
function renderSurroundings({ atMs, running, alsoRunning, finished, history }: Surroundings, paint: Paint): string[] {
  const rows: [label: string, values: string[]][] = [
    ['when', [`${formatDuration(atMs)} after the case began`]],
    ['running', running.map((step) => `${named(step)}, for ${formatDuration(step.agoMs)}`)],
    ['ended', finished.map((step) => `${named(step)}, ${step.verdict} ${ago(step)}`)],
    ['history', history.map((event) => oneLine(`${described(event)}, ${ago(event)}`))],
  ];
  if (alsoRunning !== undefined) rows[1]?.[1].push(`… ${alsoRunning} more`);
  return rows.flatMap(([label, values]) =>
    values.length === 0 ? [] : labelled(label.padEnd(10), values.join('\n'), paint),
  );
}

const ago = ({ agoMs }: { readonly agoMs: number }): string => `${formatDuration(agoMs)} before`;
const named = ({ title, location }: NearbyStep): string => `${oneLine(title)} (${formatLocation(location)})`;

/** `deliver ok orders p1-17, attempt 2, of work/1` */
function described({ operation, phase, target, message, attempt, step, actor }: NearbyEvent): string {
  const what = [operation, phase, target, message].filter((word) => word !== '').join(' ');
  const who = [...new Set([step, actor])].filter((word) => word !== '').join('/');
  return `${what}${attempt > 0 ? `, attempt ${attempt}` : ''}${who === '' ? '' : `, of ${who}`}`;
}

/** A label and a value; further lines of the value stand under its first. */
function labelled(label: string, value: string, paint: Paint, style?: Style): string[] {
  return value.split('\n').map((line, index) => {
    const head = index === 0 ? paint('gray', label) : ' '.repeat(label.length);
    return `${head}${style ? paint(style, line) : line}`;
  });
}

const indent = (line: string): string => `  ${line}`;

/** `orders.yaml:9:6` */
export const formatLocation = ({ file, line, column }: Location): string => `${oneLine(file)}:${line}:${column}`;
