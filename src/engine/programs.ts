import path from 'node:path';
import type { CompiledCase } from '../contracts/case.js';

/** How long a command of `requires.programs` may take. */
const LIMIT_MS = 10_000;

/** Finds out whether this machine has the programs that cases need; each command is run once in a run. */
export class ProgramChecks {
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly env: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {}

  /** Why the case can't run on this machine; undefined when it can. */
  async unmet({ requires, location }: CompiledCase): Promise<string | undefined> {
    const folder = path.resolve(path.dirname(location.file));
    for (const command of requires.programs) {
      const key = JSON.stringify([folder, command]);
      const known = this.#known.get(key) ?? this.#check(command, folder);
      this.#known.set(key, known);
      const reason = await known;
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  async #check(command: readonly string[], folder: string): Promise<string | undefined> {
    const [{ runProgram }, { programEnvironment }, { formatCommand }] = await Promise.all([
      import('../programs/run.js'),
      import('../programs/environment.js'),
      import('../programs/words.js'),
    ]);
    const env = programEnvironment(this.env);
    const options = { cwd: folder, env, timeoutMs: LIMIT_MS, signal: this.signal };
    const outcome = await runProgram(command, options).catch((error: unknown) => {
      if (this.signal.aborted) return undefined; // the case itself tells of that
      throw error;
    });
    if (!outcome) return undefined;
    const needs = `needs ${formatCommand(command)} to succeed`;
    const said = 'lastLine' in outcome && outcome.lastLine !== undefined ? `: ${outcome.lastLine}` : '';
    switch (outcome.kind) {
      case 'absent':
        return `${needs}, and there is no ${outcome.program}`;
      case 'timeout':
        return `${needs}, and it did not end within 10s${said}`;
      case 'ended':
        return outcome.ok ? undefined : `${needs}, and it ${outcome.how}${said}`;
    }
  }
}
