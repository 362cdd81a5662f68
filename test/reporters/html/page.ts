import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { RunEvent } from '../../../src/contracts/event.js';
import { html } from '../../../src/reporters/html.js';
import { folderWith } from '../../support/redrill.js';
import { report } from '../replay.js';

/** A page of these events, opened as a file; it must ask for nothing and complain of nothing. */
export async function openPage(
  browser: Browser,
  events: Iterable<RunEvent>,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const file = path.join(folderWith(), 'report.html');
  writeFileSync(file, report(html, events));
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const unwanted: string[] = [];
  page.on('console', (message) => unwanted.push(message.text()));
  page.on('pageerror', (error) => unwanted.push(String(error)));
  page.on('dialog', (dialog) => unwanted.push(dialog.message()));
  page.on('request', (request) => request.url().split('#')[0] !== url && unwanted.push(request.url()));
  onTestFinished(async () => {
    await context.close();
    expect(unwanted).toEqual([]);
  });
  await page.goto(url);
  return page;
}
