import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tarOf } from '../../../src/targets/container/tar.js';

test('tar unpacks what it packs, open to every user', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'redrill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = {
    'server.conf': 'port 1\n',
    'empty.txt': '',
    'block.txt': 'é'.repeat(256),
    'long.txt': 'x'.repeat(513),
  };
  execFileSync('tar', ['-x', '-p', '--no-same-owner', '-C', folder], { input: tarOf('redrill-1', files) });
  const unpacked = path.join(folder, 'redrill-1');
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(unpacked, name);
    expect([name, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([name, text, 0o666]);
  }
  expect(statSync(unpacked).mode & 0o777).toBe(0o777);
});
