import type { QueueKeys } from '../keys.js';
import type { BackendKind, ConsumerOptions, QueueBackend } from './backend.js';
import { DelayedBackend } from './delayed.js';
import { ListBackend } from './list.js';
import { StreamBackend } from './stream.js';

/** `now` is a monotonic clock in milliseconds. */
export function createBackend(
  kind: BackendKind,
  keys: QueueKeys,
  options: ConsumerOptions & { readonly now: () => number },
): QueueBackend {
  switch (kind) {
    case 'list':
      return new ListBackend(keys, options);
    case 'stream':
      return new StreamBackend(keys, options, options.now);
    case 'delayed':
      return new DelayedBackend(keys, options);
  }
}
