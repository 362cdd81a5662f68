import type { CompiledCase } from '../contracts/case.js';
import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Permission } from '../contracts/step.js';
import { CONFIG_FILE } from './project.js';

const WORDS: Readonly<Record<Permission, { readonly does: string; readonly flag: string }>> = {
  run: { does: 'runs a program', flag: '--allow-run' },
};

/** Where the cases do what nobody allowed: the first place of each case, and each place once. */
export function refusals(cases: readonly CompiledCase[], allowed: readonly Permission[]): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { needs } of cases) {
    const need = needs.find(({ permission }) => !allowed.includes(permission));
    if (!need) continue;
    const { permission, what, frame } = need;
    const { does, flag } = WORDS[permission];
    found.set(`${frame.file}:${frame.line}:${frame.column}`, {
      message: `${what} ${does}, and this run does not allow that`,
      frame,
      next: `if you trust the file, add ${flag}, or \`allow: [${permission}]\` in ${CONFIG_FILE}`,
    });
  }
  return [...found.values()];
}
