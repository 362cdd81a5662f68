import { TargetError } from '../errors.js';
import { displayAddress, type RedisAddress } from '../redis/url.js';
import { ProtocolError } from '../wire/resp/problem.js';
import type { Run } from '../wire/run.js';

/** Raises why a run on the wire did not come to its end, if it didn't. */
export function raiseFailure({ failure }: Run, address: RedisAddress): void {
  if (failure instanceof ProtocolError) {
    throw new TargetError(`${displayAddress(address)} sent what is no reply: ${failure.message}`, {
      next: 'see what listens there',
      cause: failure,
    });
  }
  if (failure) throw failure;
}
