import type { Diagnostic } from '../contracts/diagnostic.js';
import { ScenarioError, TargetError } from '../errors.js';
import { renderFrame } from '../format/frame.js';
import { plural } from '../format/text.js';

/** Colours are for terminals, unless the environment says otherwise (no-color.org, FORCE_COLOR). */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return stream.isTTY === true && TERM !== 'dumb';
}

/**
 * A reader that went away (`| head`) wanted no more, and changes nothing. Output that could not be written for another
 * reason, a full disk, is a failure.
 */
export function watchStandardOutput(): void {
  let failed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (failed || error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    failed = true;
    process.stderr.write(`redrill: standard output could not be written: ${error.message}\n`);
  });
  process.stderr.on('error', () => {});
  process.on('exit', (code) => {
    if (failed && code === EXIT.passed) process.exitCode = EXIT.errored;
  });
}

export function printDiagnostics(diagnostics: readonly Diagnostic[], end = 'nothing was run'): void {
  const color = wantsColor(process.stderr);
  for (const { message, frame, next } of diagnostics) {
    const place = `${frame.file}:${frame.line}:${frame.column}`;
    const hint = next === undefined ? '' : `  ${next}\n`;
    process.stderr.write(`${place} ${message}\n${renderFrame(frame, { color }).trimEnd()}\n${hint}\n`);
  }
  const files = new Set(diagnostics.map(({ frame }) => frame.file)).size;
  process.stderr.write(`${plural(diagnostics.length, 'problem')} in ${plural(files, 'file')}; ${end}\n`);
}

/** Prints an error of the user's or the server's, and gives the exit code that it means. */
export function printError(error: unknown): number {
  if (error instanceof ScenarioError || error instanceof TargetError) {
    const frame = error instanceof ScenarioError ? error.details.frame : undefined;
    const shown = frame ? `\n${renderFrame(frame, { color: wantsColor(process.stderr) })}` : '';
    const hint = error.details.next === undefined ? '' : `\n  ${error.details.next}`;
    process.stderr.write(`redrill: ${error.message}${shown}${hint}\n`);
    return error instanceof ScenarioError ? EXIT.invalid : EXIT.errored;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`redrill: this is a bug in redrill, please report it\n${detail}\n`);
  return EXIT.bug;
}

export const EXIT = { passed: 0, failed: 1, unknown: 2, invalid: 3, errored: 4, bug: 70 } as const;
