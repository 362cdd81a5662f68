import type { Target } from '../../src/contracts/target.js';
import type { ManagedConfig } from '../../src/targets/managed/config.js';
import { managedTarget } from '../../src/targets/managed.js';

/**
 * A server, or several that belong together, for one test file alone; `await using` it, or dispose it in `afterAll`.
 * A test that touches only keys of its own takes the shared one instead: `inject('serverUrl')`.
 */
export function startTestServer(config: ManagedConfig = {}): Promise<Target> {
  const signal = new AbortController().signal;
  return managedTarget.open(config, { signal, notice: () => {} });
}
