import type { EndedCase } from '../history/save.js';

/** The histories that a run saves. One that cannot be written is said, each reason once, and never stops the run. */
export interface Histories {
  /** Undefined where nobody wants them. */
  readonly save: ((ended: EndedCase) => Promise<void>) | undefined;
  /** True when every one was written whole. */
  readonly complete: boolean;
}

export function openHistories(folder: string | undefined): Histories {
  if (folder === undefined) return { save: undefined, complete: true };
  const reasons = new Set<string>();
  return {
    async save(ended) {
      try {
        const { saveHistory } = await import('../history/save.js');
        await saveHistory(folder, ended);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reasons.has(reason)) return;
        reasons.add(reason);
        process.stderr.write(
          `redrill: the history of ${ended.redact(ended.header.case)} could not be written: ${reason}\n`,
        );
      }
    },
    get complete() {
      return reasons.size === 0;
    },
  };
}
