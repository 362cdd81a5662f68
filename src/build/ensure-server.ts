import { findServer } from '../targets/managed/find.js';

/** Makes sure that a server can be started on this machine. */
export function ensureServer(): void {
  findServer({ engine: 'auto' });
}
