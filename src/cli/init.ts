import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TargetError } from '../errors.js';
import { createFolder } from '../folders.js';
import { EXIT } from './print.js';
import { CONFIG_FILE } from './project.js';
import { VERSION } from './version.js';

const SCENARIO = `# yaml-language-server: $schema=https://unpkg.com/redrill/schema/scenario.schema.json
name: A session expires
description: A session can be read until its time to live is over, and not after.
tags: [cache, smoke]
steps:
  - cache.set: { key: "session:42", value: { user: ada }, ttl: 200ms }
    expect: { stored: true }

  - name: it is there, with the time that it has left
    cache.get: { key: "session:42" }
    expect: { hit: true, value: { user: ada }, ttl: { $gt: 0ms, $lte: 200ms } }

  - name: and then it is gone
    cache.get: { key: "session:42" }
    within: 2s
    expect: { hit: false }
`;

const CONFIG = `# yaml-language-server: $schema=https://unpkg.com/redrill/schema/config.schema.json
scenarios: [scenarios]
# Environment variables that scenarios may read as env.NAME; their values are redacted in every output.
env: []
# Named servers, for \`redrill run --target staging\`; without one, a server is started for the run.
targets: {}
#  staging: { url: "rediss://:\${{ env.REDIS_PASSWORD }}@cache.internal:6379" }
`;

const WORKFLOW = `name: redrill
on: [push, pull_request]
jobs:
  scenarios:
    runs-on: ubuntu-latest
    services:
      redis: { image: "valkey/valkey:8", ports: ["6379:6379"] }
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npx redrill@${VERSION} run --url redis://localhost:6379 --report github
`;

/** Writes a first scenario, the configuration and a CI workflow; what exists already is left as it is. */
export async function init(): Promise<number> {
  const files = [
    ['scenarios/session.yaml', SCENARIO],
    [CONFIG_FILE, CONFIG],
    ['.github/workflows/redrill.yaml', WORKFLOW],
  ] as const;
  for (const [file, text] of files) {
    if (existsSync(file)) {
      process.stdout.write(`kept   ${file}\n`);
      continue;
    }
    write(file, text);
    process.stdout.write(`wrote  ${file}\n`);
  }
  process.stdout.write('\nNext: redrill run\n');
  return EXIT.passed;
}

function write(file: string, text: string): void {
  try {
    createFolder(path.dirname(file));
    writeFileSync(file, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new TargetError(`${file} could not be written: ${reason}`, { cause, next: 'go to a folder of your own' });
  }
}
