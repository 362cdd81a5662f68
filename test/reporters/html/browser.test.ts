import type { AxeResults } from 'axe-core';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noBrowser, startBrowser } from '../../support/browser.js';
import { savedEvents } from '../replay.js';
import { manyCases } from './many.js';
import { openPage } from './page.js';

let browser: Browser;
beforeAll(async () => {
  if (noBrowser === undefined) browser = await startBrowser();
}, 60_000);
afterAll(() => browser?.close());
beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser));

const open = (run: string, options?: Parameters<typeof openPage>[2]) => openPage(browser, savedEvents(run), options);

/** Unfolds all that can be, so that all of it is looked at. */
async function unfold(page: Page): Promise<void> {
  for (let closed = -1; closed !== 0; ) {
    closed = await page.locator('details:not([open])').count();
    await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
  }
}

const names = (page: Page) => page.locator('.case:not([hidden]) .name').allTextContents();

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test.each(['delivery', 'load', 'targets', 'matrix', 'flaky', 'always', 'interrupted'])(
    'axe finds nothing wrong with the run %s',
    async (run) => {
      const page = await open(run, { colorScheme });
      await unfold(page);
      await page.evaluate(axe.source);
      const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
      expect(passes.length).toBeGreaterThan(10);
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.html, node.failureSummary])])).toEqual(
        [],
      );
    },
    60_000,
  );
});

test('what failed is to be read without a script', async () => {
  const page = await open('delivery', { javaScriptEnabled: false });
  expect(await page.locator('h1').textContent()).toBe('Failed: the case gave a wrong answer');
  expect(await page.locator('h2').allInnerTexts()).toEqual(['Failed 1']);
  expect(await page.locator('.name').textContent()).toBe('Orders survive a worker that dies with them');
  const failure = page.locator('.failure');
  expect(await failure.locator('.message').textContent()).toBe('the result is not as expected at lost');
  expect(await failure.locator('.line.marked').textContent()).toContain('lost: 0');
  expect(await failure.locator('.pairs').textContent()).toMatch(/expected0actual3/);
  expect(await page.locator('#filters').isVisible()).toBe(false);
});

test('without a script a case that passed can be unfolded too', async () => {
  const page = await open('all-passed', { javaScriptEnabled: false });
  await page.locator('#case-2 > summary').click();
  expect(await page.locator('#case-2 .facts-line').isVisible()).toBe(true);
});

test('the list is narrowed down by verdict, target and words', async () => {
  const page = await open('targets');
  expect(await names(page)).toHaveLength(24);
  await page.getByRole('button', { name: 'failed' }).click();
  expect(await names(page)).toEqual(['Two keys are set at once']);
  expect(await page.locator('#shown').textContent()).toBe('1 of 24');
  expect(await page.locator('section.verdict:not([hidden]) h2').allInnerTexts()).toEqual(['Failed 1']);
  await page.getByRole('button', { name: 'failed' }).click();
  await page.locator('#target').selectOption('valkey-8');
  expect(await names(page)).toHaveLength(6);
  await page.getByLabel('Search cases').fill('QUEUE.yaml nothing');
  expect(await names(page)).toEqual([
    'Nothing is said',
    'A crashed worker loses nothing [workers=1]',
    'A crashed worker loses nothing [workers=4]',
  ]);
  await page.getByLabel('Search cases').fill('nowhere');
  expect(await page.locator('#nothing').isVisible()).toBe(true);
});

test('the list is narrowed down by tag', async () => {
  const page = await open('all-passed');
  await page.getByLabel('Tag').selectOption('smoke');
  expect(await names(page)).toEqual(['A value comes back with its type', 'Every order is worked off once']);
});

test('what is wrong is found by the words of the failure', async () => {
  const page = await open('targets');
  await page.getByLabel('Search cases').fill('crossslot');
  expect(await names(page)).toEqual(['Two keys are set at once']);
});

test('nothing is wider than a narrow screen', async () => {
  const page = await open('delivery', { viewport: { width: 400, height: 800 } });
  expect(await page.locator('#filters').isVisible()).toBe(true);
  await unfold(page);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
});

test('everything is reached by the keyboard', async () => {
  const page = await open('matrix');
  const focused = () => page.evaluate('document.activeElement.textContent');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the cases');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toContain('A crashed worker loses nothing [backend=list, workers=4]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await focused()).toContain('[backend=stream, workers=1]');
  const second = page.locator('.case', { hasText: '[backend=stream, workers=1]' });
  await page.keyboard.press('ArrowRight');
  await second.locator('.steps').first().waitFor();
  await page.keyboard.press('ArrowLeft');
  expect(await second.getAttribute('open')).toBeNull();
  await page.keyboard.press('End');
  expect(await focused()).toContain('A key expires');
});

test('a cell of the matrix leads to its case', async () => {
  const page = await open('matrix');
  await page.locator('.matrix .cell.passed').first().click();
  await page.locator('.case[open]', { hasText: '[backend=list, workers=1]' }).locator('.steps').first().waitFor();
});

test('one message is followed from its push to its end', async () => {
  const page = await open('delivery');
  const lives = page.locator('.life:visible');
  expect(await lives.count()).toBe(10);
  await page.getByLabel('Finding').selectOption('lost');
  expect(await lives.locator('.id').allInnerTexts()).toEqual(['push-129', 'push-259', 'push-389']);
  await page.getByLabel('Finding').selectOption('');
  await page.getByLabel('Message').fill('push-67');
  expect(await lives.count()).toBe(1);
  await lives.locator('summary').click();
  expect(await lives.locator('.events strong').allInnerTexts()).toEqual([
    'push sent to orders',
    'pushed to orders',
    'delivered to consumer 2',
    'failed in its handler',
    'put back for a retry',
    'delivered to consumer 1',
    'failed in its handler',
    'dead-lettered to orders-dlq',
    'redriven to orders',
    'delivered to consumer 4+1',
    'completed',
  ]);
});

test('the cursor reads the charts, by the arrow keys and by the mouse', async () => {
  const page = await open('delivery');
  const charts = page.locator('.charts').first();
  const depth = charts.locator('.panel', { hasText: 'Depth' }).locator('output').first();
  expect(await depth.textContent()).toBe('max 50');
  await charts.focus();
  for (let step = 0; step < 26; step++) await page.keyboard.press('ArrowRight');
  expect(await charts.locator('.cursor-time').textContent()).toBe('at 1.25s');
  expect(await depth.textContent()).toBe('20');
  await page.keyboard.press('Escape');
  expect(await depth.textContent()).toBe('max 50');
  await charts.locator('.panel svg[role=img]').first().hover();
  expect(await charts.locator('.cursor-time').textContent()).toMatch(/^at \d/);
});

test('what happened is marked in the charts and told in words', async () => {
  const page = await open('delivery');
  expect(await page.locator('.panel').first().locator('rect.mark.k-fault').count()).toBe(1);
  expect(await page.locator('.lane .label').allTextContents()).toContain('3 lost');
  const told = await page.locator('.mark-list li').allInnerTexts();
  expect(told).toContainEqual(expect.stringMatching(/1\.18s to 1\.46s\s+fault server\.pause\s+queue\.work orders/));
  expect(told).toContainEqual(expect.stringMatching(/1\.95s\s+worker 3 crashed\s+queue\.work orders/));
  expect(told).toContainEqual(expect.stringMatching(/1\.95s\s+3 lost\s+nothing is lost/));
});

test('a theme is chosen, and is still there after a reload', async () => {
  const page = await open('all-passed', { colorScheme: 'light' });
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const light = await ground();
  await page.getByRole('button', { name: 'Dark theme' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  // The browser writes down what the page keeps when it has time to.
  const reloaded = async () => {
    await page.reload();
    return await ground();
  };
  await expect.poll(reloaded, { timeout: 20_000 }).toBe(dark);
  await page.getByRole('button', { name: 'Light theme' }).click();
  expect(await ground()).toBe(light);
});

test('nothing of a key, a message or a name is taken for HTML', async () => {
  const evil = '</script><img src=x onerror=alert(1)><b>"\'&';
  const events = savedEvents('delivery').map(
    (event) =>
      JSON.parse(
        JSON.stringify(event, (key, value: unknown) =>
          ['name', 'title', 'message', 'next', 'body', 'key', 'label', 'command', 'actual', 'namespace'].includes(
            key,
          ) && typeof value === 'string'
            ? `${value}${evil}`
            : value,
        ),
      ) as typeof event, // the same shape, with other texts
  );
  const page = await openPage(browser, events);
  await unfold(page);
  expect(await page.locator('img, b').count()).toBe(0);
  expect(await page.locator('.name').textContent()).toContain(evil);
  expect(await page.locator('.key .id').first().textContent()).toContain(evil);
});

test('of ten thousand cases all are there, and each can be opened', async () => {
  const events = [...manyCases(10_000)];
  const started = performance.now();
  const page = await openPage(browser, events);
  await page.locator('#filters').waitFor();
  console.log(`10,000 cases were written and open after ${Math.round(performance.now() - started)} ms`);
  expect(await page.locator('.case').count()).toBe(10_000);
  await page.getByLabel('Search cases').fill('customer 7777');
  await page.locator('.case:not([hidden]) > summary').click();
  await page.locator('.case:not([hidden]) ol.steps').waitFor();
  expect(await page.locator('.case:not([hidden]) .step').count()).toBe(5);
}, 180_000);
