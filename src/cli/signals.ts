import { Interrupted } from '../errors.js';
import { printError } from './print.js';

export interface End extends Disposable {
  readonly signal: AbortSignal;
  /** 130 or 143 after a signal, 70 after a bug; undefined otherwise. */
  readonly exitCode: number | undefined;
  /** Ends the run as a signal does. */
  end(exitCode: number, reason: string): void;
}

/**
 * The first Ctrl-C or SIGTERM ends the run in order: teardown, clean-up, report. A second one ends the program at once.
 * An error that nobody caught is a bug; the run ends in order all the same.
 */
export function listenForEnd(): End {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const end = (code: number, reason: string) => {
    if (exitCode !== undefined) process.exit(code);
    exitCode = code;
    controller.abort(new Interrupted(reason, code));
  };
  const listeners = {
    SIGINT: () => end(130, 'interrupted by SIGINT'),
    SIGTERM: () => end(143, 'ended by SIGTERM'),
    SIGHUP: () => end(129, 'ended by SIGHUP'),
  } as const;
  const onBug = (error: unknown) => end(printError(error), 'ended by a bug');
  for (const [name, listener] of Object.entries(listeners)) process.on(name, listener);
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    end,
    [Symbol.dispose]: () => {
      for (const [name, listener] of Object.entries(listeners)) process.off(name, listener);
      process.off('uncaughtException', onBug);
      process.off('unhandledRejection', onBug);
    },
  };
}
