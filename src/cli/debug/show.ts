import { stringify } from 'yaml';
import { encodeValue } from '../../engine/encode.js';
import { plural } from '../../format/text.js';
import { isMap } from '../../format/value.js';
import { formatEventValue } from '../../reporters/value.js';

const LINE = 100;

/** On one line where it fits, as YAML otherwise. */
export function show(value: unknown): string {
  const encoded = encodeValue(value);
  const line = formatEventValue(encoded, { maxLength: LINE, maxDepth: 3 });
  return line.length <= LINE && !line.includes('…') ? line : stringify(encoded, { lineWidth: LINE }).trimEnd();
}

/** An input without what only a program can read: steps are counted, and expressions are as they were written. */
export function presentable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(presentable);
  if (value instanceof Uint8Array || !isMap(value)) return value;
  const { evaluate, source, constant, steps, written } = value;
  if (typeof evaluate === 'function') {
    if (typeof source === 'string') return `\${{ ${source} }}`;
    return constant === true ? presentable(evaluate({})) : written;
  }
  if (Array.isArray(steps) && isMap(steps[0]) && 'traits' in steps[0]) return `(${plural(steps.length, 'step')})`;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, presentable(item)]));
}

export const HELP = `  n, Enter  run this step, and stop before the next; Enter does what was done last
  s         the same, but stop at the first step inside it
  o         run what is left around this step, and stop behind it
  c         run on until a step does not pass
  p EXPR    evaluate an expression: p steps.order.value.total * 2
  r         the last result
  i         what this step is given
  l         where this is
  q         end the run; teardowns run
  h         this help`;
