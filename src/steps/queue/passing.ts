import { OutcomeUnknown, ReplyError } from '../../errors.js';

/** Error replies of a server that will serve again: it loads, fails over, or has no room. */
const PASSING = new Set(['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY', 'NOREPLICAS', 'OOM']);

/** It is worth trying again. */
export const isPassing = (error: unknown): boolean =>
  error instanceof OutcomeUnknown || (error instanceof ReplyError && PASSING.has(error.code));

/** Nobody knows whether the command was carried out; an abort is no answer either. */
export const mayHaveHappened = (error: unknown): boolean =>
  error instanceof OutcomeUnknown ? error.sent : !(error instanceof ReplyError);
