import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../src/build/browser.js';
import { isRequired } from './required.js';

/** Why tests that need a browser are skipped; undefined where they are not. */
export const noBrowser: string | undefined =
  isRequired('browser') || findBrowser() !== undefined ? undefined : 'no Chromium on PATH: npm run browser';

export function startBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('no Chromium on PATH: npm run browser');
  // Its sandbox works for no root, and pages here are ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}
