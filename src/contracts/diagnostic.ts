import type { Frame } from './result.js';

/** One thing that is wrong with a user's file, found before anything runs. */
export interface Diagnostic {
  readonly message: string;
  readonly frame: Frame;
  /** `did you mean "value"?`, or the corrected text. */
  readonly next?: string;
}
