import type { HistoryOperation } from '../contracts/history.js';

/** After one of these a worker has the message in hand no more. */
export const ENDS_HANDLING: ReadonlySet<HistoryOperation> = new Set([
  'complete',
  'handlerFail',
  'crash',
  'retry',
  'deadLetter',
  'discard',
]);
