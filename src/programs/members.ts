import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whether a process group has a process that runs. Zombies don't: in a container whose first process waits for nobody,
 * orphans that have ended stay for ever.
 */
export function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  const processes = listProcesses();
  return processes?.some((process) => process.group === group && !'ZX'.includes(process.state)) ?? true;
}

/** From Linux's /proc; undefined elsewhere. */
function listProcesses(): readonly { readonly group: number; readonly state: string }[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(readProcess);
  } catch {
    return undefined;
  }
}

function readProcess(pid: string) {
  try {
    // `pid (name) state parent group …`; the name may hold anything.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [{ state, group: Number(group) }];
  } catch {
    return []; // it has ended meanwhile
  }
}
