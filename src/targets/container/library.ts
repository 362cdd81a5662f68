import { createRequire } from 'node:module';
import path from 'node:path';
import { TargetError } from '../../errors.js';

export type Library = typeof import('testcontainers');

const PACKAGE = 'testcontainers';

/** Testcontainers of the project in the working folder, or beside this program. Raises a TargetError without it. */
export function loadLibrary(): Library {
  let cause: unknown;
  for (const place of [path.resolve('redrill.config.yaml'), import.meta.url]) {
    try {
      // Not import(): code from V8's cache has none. The name is a variable, so that no bundle takes it in.
      return createRequire(place)(PACKAGE) as Library;
    } catch (error) {
      cause = error;
      if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) break;
    }
  }
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND';
  const why = missing ? 'is not installed' : `cannot be loaded: ${cause instanceof Error ? cause.message : cause}`;
  throw new TargetError(`${PACKAGE}, by which containers are run, ${why}`, {
    // 12 needs a newer Node than we do.
    next: `npm install --save-dev ${PACKAGE}@11`,
    cause,
  });
}
