import type { RunEvent } from '../contracts/event.js';
import type { Redactor } from '../redis/redact.js';

/** Words of ours, which reporters go by: a password that happens to be `passed` must not change a verdict. */
const OURS: ReadonlySet<string> = new Set([
  'type',
  'verdict',
  'section',
  'action',
  'key',
  'parent',
  'kind',
  'engine',
  'version',
  'topology',
  'redrill',
  'phase',
  'operation',
  'measure',
  'unit',
]);

/** Data of the scenario and the server, whose keys may hold a secret too. */
const DATA: ReadonlySet<string> = new Set(['result', 'soFar', 'expectedValue', 'actual', 'matrix']);

/** An event without secrets. */
export function redactEvent(event: RunEvent, redactor: Redactor): RunEvent {
  return redactor.hides ? (redactFields(event, redactor) as RunEvent) : event; // text alone changes
}

function redactFields(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactFields(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  const redacted: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (OURS.has(key)) redacted[key] = item;
    else redacted[key] = DATA.has(key) ? redactor.value(item) : redactFields(item, redactor);
  }
  return redacted;
}
