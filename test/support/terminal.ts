import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { inject, onTestFinished } from 'vitest';
import { folderWith } from './redrill.js';

const PATIENCE_MS = 15_000;
const LOOK_MS = 20;

interface TerminalOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The program as somebody at a terminal has it before them. */
export interface TerminalRun {
  /** All lines, those that have left the screen too, without blanks at their ends. */
  lines(): string[];
  /** Every byte that was written. */
  written(): string;
  /** Waits until the lines are as they should be, and gives them. Raises an Error with the lines when they never are. */
  until(holds: (text: string) => boolean): Promise<string>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  readonly exitCode: Promise<number | null>;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs the program on a pseudo-terminal, and what it writes through a terminal's own interpreter. */
export function runInTerminal(
  args: readonly string[],
  { cwd, columns = 80, rows = 24, env }: TerminalOptions,
): TerminalRun {
  const nameFile = path.join(folderWith(), 'tty');
  const program = [process.execPath, inject('program'), ...args].map(quote).join(' ');
  const command = `tty > ${quote(nameFile)}; stty cols ${columns} rows ${rows}; exec ${program}`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TERM: 'xterm-256color',
      CI: undefined,
      GITHUB_ACTIONS: undefined,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      REDRILL_CACHE: 'off',
      NODE_EXTRA_CA_CERTS: undefined,
      ...env,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  onTestFinished(() => terminal.dispose());
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    terminal.write(text);
  });
  child.stdin.on('error', () => {});
  const lines = (): string[] => {
    const { active } = terminal.buffer;
    const all = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
    return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
  };
  return {
    lines,
    written: () => written,
    until: async (holds) => {
      const end = performance.now() + PATIENCE_MS;
      for (;;) {
        const text = lines().join('\n');
        if (holds(text)) return text;
        if (performance.now() > end) throw new Error(`never came to be, and this did:\n${text}`);
        await sleep(LOOK_MS);
      }
    },
    type: (keys) => void child.stdin.write(keys),
    resize: (wide, high) => {
      terminal.resize(wide, high);
      const device = readFileSync(nameFile, 'utf8').trim();
      execFileSync('stty', ['-F', device, 'cols', String(wide), 'rows', String(high)]);
    },
    exitCode: new Promise((resolve, reject) => {
      child.on('error', reject);
      // What came last is interpreted before anybody looks.
      child.on('close', (code) => terminal.write('', () => resolve(code)));
    }),
  };
}
