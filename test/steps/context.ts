import { inject } from 'vitest';
import type { StepContext } from '../../src/contracts/step.js';
import { openContextAt, type TestContext } from './context-at.js';

export { type TestContext, targetOf } from './context-at.js';

/** What one step's handler has, on the server that all test files share, under a namespace of its own. */
export const openTestContext = (overrides?: Partial<StepContext>): Promise<TestContext> =>
  openContextAt(inject('serverUrl'), overrides);
