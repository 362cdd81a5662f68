import { ScenarioError } from '../../errors.js';
import { nearestName } from '../../format/nearest.js';
import { parseQuantity, QUANTITY_EXAMPLES, type Quantity } from '../../format/quantity.js';
import { LAYOUT_NAMES, type LayoutName } from '../../steps/dlq/layouts/layout.js';
import type { TargetChoice } from '../target.js';

export interface QueueFlags extends TargetChoice {
  readonly backend: string;
  readonly json?: boolean;
}

export interface FilterFlags {
  readonly reason?: string;
  readonly class?: string;
  readonly olderThan?: string;
  readonly newerThan?: string;
  readonly where?: string;
  readonly failedBefore?: string;
}

/** Raises a ScenarioError that shows how the option is written. */
export function quantityFlag(option: string, quantity: Quantity, text: string): number;
export function quantityFlag(option: string, quantity: Quantity, text: string | undefined): number | undefined;
export function quantityFlag(option: string, quantity: Quantity, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseQuantity(quantity, text);
  if (value !== undefined) return value;
  throw new ScenarioError(`--${option} ${text} is not a ${quantity}`, { next: `write ${QUANTITY_EXAMPLES[quantity]}` });
}

export function countFlag(option: string, text: string, minimum: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= minimum) return count;
  throw new ScenarioError(`--${option} ${text} is not a whole number of at least ${minimum}`);
}

/** Milliseconds since the epoch. */
export function timeFlag(option: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new ScenarioError(`--${option} ${text} is not a time`, { next: 'write 2026-01-31T12:00:00Z' });
}

/** Undefined for `auto`. */
export function backendFlag(text: string): LayoutName | undefined {
  if (text === 'auto') return undefined;
  const layout = LAYOUT_NAMES.find((name) => name === text);
  if (layout) return layout;
  const near = nearestName(text, LAYOUT_NAMES);
  throw new ScenarioError(`--backend ${text} is unknown`, {
    next: near ? `did you mean "${near}"?` : `it is one of auto, ${LAYOUT_NAMES.join(', ')}`,
  });
}

/** A word of a command line as a shell takes it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
