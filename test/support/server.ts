import type { Target } from '../../src/contracts/target.js';
import type { ServerChoice } from '../../src/targets/managed/find.js';
import { managedTarget } from '../../src/targets/managed.js';

/**
 * A server for one test file alone; `await using` it, or dispose it in `afterAll`.
 * A test that touches only keys of its own takes the shared one instead: `inject('serverUrl')`.
 */
export function startTestServer(choice: Partial<ServerChoice> = {}): Promise<Target> {
  const signal = new AbortController().signal;
  return managedTarget.open({ engine: 'auto', ...choice }, { signal, notice: () => {} });
}
