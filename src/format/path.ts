import type { Path } from '../contracts/result.js';

/** `latency.p99`, `entries[0].reason`, `["odd key"]`; empty for the whole. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[A-Za-z_$]\w*$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
