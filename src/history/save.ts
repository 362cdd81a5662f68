import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RecordedEvent } from '../contracts/history.js';
import type { Verdict } from '../contracts/result.js';
import { createFolder } from '../folders.js';
import type { CaseRecorder, RecordedCheck } from './recorder.js';
import type { SavedCheck, SavedEnd, SavedEvent, SavedHeader } from './saved.js';

/** Characters written at once; between two writes other cases go on. */
const BATCH = 2 ** 18;
const LONGEST_NAME = 80;

/** A case that has ended. */
export interface EndedCase {
  readonly header: SavedHeader;
  readonly recorder: CaseRecorder;
  readonly verdict: Verdict;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** `orders.yaml#Nothing is lost` → `orders.yaml-Nothing-is-lost-1f0c9a3e.ndjson`: readable, and no other case's. */
export function fileNameOf(caseId: string, shown = caseId): string {
  const words = shown.replace(/[^A-Za-z0-9._]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  const end = words.length > LONGEST_NAME ? words.slice(-LONGEST_NAME).replace(/^[^-]*-/, '') : words;
  const hash = createHash('sha256').update(caseId).digest('hex').slice(0, 8);
  return `${end || 'case'}-${hash}.ndjson`;
}

/**
 * Writes the history of a case into a folder, and gives the file. One that is there already stays whole until the new
 * one is; a run that is killed meanwhile leaves a `….partial`, which can be read as far as it goes.
 */
export async function saveHistory(folder: string, ended: EndedCase): Promise<string> {
  createFolder(folder);
  const { case: id, attempt } = ended.header;
  const named = attempt === undefined ? id : `${id} attempt ${attempt}`;
  const file = path.join(folder, fileNameOf(named, ended.redact(named)));
  const partial = `${file}.${process.pid}.partial`;
  const handle = await open(partial, 'w');
  try {
    await writeLines(handle, ended);
    await handle.close();
    await rename(partial, file);
  } catch (error) {
    await handle.close().catch(() => {}); // what went wrong first is told
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
  return file;
}

async function writeLines(handle: FileHandle, ended: EndedCase): Promise<void> {
  let batch = '';
  for (const line of linesOf(ended)) {
    batch += `${line}\n`;
    if (batch.length < BATCH) continue;
    await handle.appendFile(batch);
    batch = '';
  }
  await handle.appendFile(batch);
}

function* linesOf({ header, recorder, verdict, redact }: EndedCase): Iterable<string> {
  const toName = namesWithoutSecrets(redact);
  const checks = recorder.checks();
  let written = 0;
  let events = 0;
  const checksHere = function* () {
    for (; checks[written]?.events === events; written++) yield lineOfCheck(checks[written]!, redact, toName);
  };
  yield JSON.stringify({ ...header, case: redact(header.case), file: redact(header.file) } satisfies SavedHeader);
  for (const event of recorder.events()) {
    yield* checksHere();
    yield lineOfEvent(event, redact, toName);
    events++;
  }
  yield* checksHere();
  yield JSON.stringify({ type: 'end', events, verdict } satisfies SavedEnd);
}

type MapText = (text: string) => string;

/** Checkers go by names, so two that differ do so without their secrets too: `***#1`, `***#2`. */
function namesWithoutSecrets(redact: MapText): MapText {
  const changed = new Map<string, string>();
  return (text) => {
    const redacted = redact(text);
    if (redacted === text) return text;
    const name = changed.get(text) ?? `${redacted}#${changed.size + 1}`;
    changed.set(text, name);
    return name;
  };
}

function lineOfEvent(event: RecordedEvent, redact: MapText, toName: MapText): string {
  const { to, entryId, key, fault, body } = event;
  return JSON.stringify({
    type: 'event',
    ...event,
    target: toName(event.target),
    message: toName(event.message),
    actor: toName(event.actor),
    step: toName(event.step),
    ...(to !== undefined && { to: toName(to) }),
    ...(entryId !== undefined && { entryId: toName(entryId) }),
    ...(key !== undefined && { key: toName(key) }),
    ...(fault !== undefined && { fault: toName(fault) }),
    ...(body !== undefined && { body: redact(body) }),
  } satisfies SavedEvent);
}

/** Words of ours: a password that happens to be `passed` must not change a verdict. */
const OURS: ReadonlySet<string> = new Set(['type', 'checker', 'verdict']);

function lineOfCheck(check: RecordedCheck, redact: MapText, toName: MapText): string {
  const reports = check.reports.map((report) => ({ ...report, reasons: report.reasons.map(redact) }));
  return JSON.stringify({ type: 'check', ...check, reports } satisfies SavedCheck, (key, value: unknown) =>
    typeof value === 'string' && !OURS.has(key) ? toName(value) : value,
  );
}
