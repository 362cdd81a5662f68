import type { Verdict } from '../contracts/result.js';
import type { CaseRecorder } from '../history/recorder.js';
import type { EndedCase } from '../history/save.js';
import { SAVED_FORMAT } from '../history/saved.js';
import { createRedactor } from '../redis/redact.js';
import type { CaseEnvironment } from './environment.js';

/** A case as it is saved, without secrets as everywhere. */
export function endedCase(
  { reference, attempt, version, seed, target, env }: CaseEnvironment,
  recorder: CaseRecorder,
  verdict: Verdict,
  startedAt: number,
): EndedCase {
  const header = {
    type: 'history',
    format: SAVED_FORMAT,
    redrill: version,
    case: reference.id,
    ...(attempt > 1 && { attempt }),
    file: reference.file,
    seed,
    target: target.kind,
    startedAt: new Date(startedAt).toISOString(),
    beganAt: recorder.view().beganAt,
  } as const;
  return { header, recorder, verdict, redact: createRedactor([...target.secrets, ...Object.values(env)]).text };
}
