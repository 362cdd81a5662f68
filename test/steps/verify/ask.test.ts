import { expect, test } from 'vitest';
import type { CheckReport, CheckVerdict } from '../../../src/contracts/checker.js';
import { askCheckers } from '../../../src/steps/verify/ask.js';
import { openTestContext } from '../context.js';

const report = (verdict: CheckVerdict): CheckReport => ({
  verdict,
  reasons: verdict === 'passed' ? [] : [`it is ${verdict}`],
  counts: {},
  examples: {},
});

/** What a step concludes when the checkers that decide say this, and those that only count say something else. */
async function ask(deciding: readonly CheckVerdict[], counting: CheckVerdict) {
  await using opened = await openTestContext({
    check: async (requests) =>
      requests.map(({ options }, at) => report(options.judged === false ? counting : deciding[at]!)),
  });
  const judged = deciding.map((_, at) => ({ checker: `checker ${at}`, options: {} }));
  const { verdict, reasons } = await askCheckers({}, judged, opened.context);
  return { verdict, reason: reasons[0] };
}

test('the worst verdict decides: failed, unknown, passed', async () => {
  expect(await ask(['unknown', 'failed', 'passed'], 'passed')).toEqual({ verdict: 'failed', reason: 'it is failed' });
  expect(await ask(['passed', 'unknown'], 'passed')).toEqual({ verdict: 'unknown', reason: 'it is unknown' });
  expect((await ask(['passed', 'passed'], 'passed')).verdict).toBe('passed');
});

test('those that only count decide nothing, but that counts are uncertain is never a pass', async () => {
  expect((await ask(['passed'], 'failed')).verdict).toBe('passed');
  expect(await ask([], 'unknown')).toEqual({ verdict: 'unknown', reason: 'it is unknown' });
  expect((await ask([], 'passed')).verdict).toBeNull();
});
