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

/** Of the state of a server no word is ours but these: the name of a key is data. */
const OURS_IN_FORENSICS: ReadonlySet<string> = new Set(['type', 'node']);
const DATA_IN_FORENSICS: ReadonlySet<string> = new Set(['first', 'last']);

/** An event without secrets. */
export function redactEvent(event: RunEvent, redactor: Redactor): RunEvent {
  if (!redactor.hides) return event;
  const redacted =
    event.type === 'case.forensics'
      ? {
          ...event,
          case: redactor.text(event.case),
          forensics: redactFields(event.forensics, redactor, OURS_IN_FORENSICS, DATA_IN_FORENSICS),
        }
      : redactFields(event, redactor, OURS, DATA);
  return redacted as RunEvent; // text alone changes
}

function redactFields(
  value: unknown,
  redactor: Redactor,
  ours: ReadonlySet<string>,
  data: ReadonlySet<string>,
): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactFields(item, redactor, ours, data));
  if (typeof value !== 'object' || value === null) return value;
  const redacted: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (ours.has(key)) redacted[key] = item;
    else redacted[key] = data.has(key) ? redactor.value(item) : redactFields(item, redactor, ours, data);
  }
  return redacted;
}
