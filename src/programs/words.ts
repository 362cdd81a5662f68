/** `python3 -c "import redis"`, as one would type it. */
export const formatCommand = (command: readonly string[]): string =>
  command.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : JSON.stringify(part))).join(' ');

/** `ended with exit code 1`, `was ended by KILL` */
export const describeEnd = (end: { readonly exitCode: number | null; readonly signal: string | null }): string =>
  end.signal === null ? `ended with exit code ${end.exitCode}` : `was ended by ${shortSignal(end.signal)}`;

/** `KILL` for `SIGKILL` */
export const shortSignal = (signal: string): string => signal.replace(/^SIG/, '');
