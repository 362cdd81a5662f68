import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number;
  readonly group: number;
  /** One letter: `T` is stopped, `Z` a zombie. */
  readonly state: string;
  readonly command: string;
}

/** All of them. From /proc where there is one, since a bare machine has no `ps`. */
export function listProcesses(): RunningProcess[] {
  if (existsSync('/proc/self/stat')) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => readProcess(Number(pid)) ?? []);
  }
  const text = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,args='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, pid, group, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(.*)$/.exec(line) ?? [];
    return state === undefined ? [] : [{ pid: Number(pid), group: Number(group), state, command }];
  });
}

/** The state of one; undefined when there is none. */
export const stateOf = (pid: number): string | undefined =>
  listProcesses().find((running) => running.pid === pid)?.state;

/** Undefined for one that ended meanwhile. */
function readProcess(pid: number): RunningProcess | undefined {
  try {
    // The name in parentheses may hold anything, parentheses included.
    const [state = '', , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, group: Number(group), state, command };
  } catch {
    return undefined;
  }
}
