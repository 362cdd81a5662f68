import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { CaseFinished, RunEvent, RunFinished, RunStarted } from '../../../src/contracts/event.js';
import { startRedrill } from '../../support/redrill.js';

const PATIENCE = { timeout: 15_000, interval: 20 };

/** One run among those of a `watch`. */
export interface WatchedRun {
  readonly started: RunStarted;
  readonly cases: readonly CaseFinished[];
  readonly finished: RunFinished | undefined;
}

/** `redrill watch` in a folder, without a terminal. */
export class Watching {
  readonly child;
  readonly finished;
  stderr = '';
  #stdout = '';

  constructor(
    readonly cwd: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const { child, finished } = startRedrill(['watch', ...args, '--report', 'ndjson'], { cwd, env });
    this.child = child;
    this.finished = finished;
    child.stdout?.on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.on('data', (text: string) => {
      this.stderr += text;
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await finished;
    });
  }

  events(): RunEvent[] {
    const whole = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  }

  runs(): WatchedRun[] {
    const runs: { started: RunStarted; cases: CaseFinished[]; finished: RunFinished | undefined }[] = [];
    for (const event of this.events()) {
      if (event.type === 'run.started') runs.push({ started: event, cases: [], finished: undefined });
      if (event.type === 'case.finished') runs.at(-1)?.cases.push(event);
      if (event.type === 'run.finished') runs.at(-1)!.finished = event;
    }
    return runs;
  }

  /** Each run as the names of its cases with their verdicts. */
  outcomes(): string[] {
    return this.runs().map(({ cases }) =>
      cases
        .map(({ case: { name }, verdict }) => `${name} ${verdict}`)
        .sort()
        .join(', '),
    );
  }

  /** Until a run has come to this, as the last. */
  async untilRan(outcome: string): Promise<void> {
    const ran = () => (this.runs().at(-1)?.finished ? this.outcomes().at(-1) : undefined);
    await expect.poll(ran, PATIENCE).toBe(outcome);
  }

  /** How often it has said that it waits. */
  waits(): number {
    return this.stderr.split('Watching ').length - 1;
  }

  /** Until it has waited that often, with nothing more to run. */
  async untilWaiting(times: number): Promise<void> {
    await expect.poll(() => this.waits(), PATIENCE).toBeGreaterThanOrEqual(times);
  }

  async untilSaid(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.stderr, PATIENCE).toMatch(text);
  }

  async until(holds: () => boolean): Promise<void> {
    await expect.poll(holds, PATIENCE).toBe(true);
  }

  /** In two steps, which may be told apart. */
  write(name: string, text: string): void {
    writeFileSync(path.join(this.cwd, name), text);
  }

  /** As most editors save: at once. */
  replace(name: string, text: string): void {
    const file = path.join(this.cwd, name);
    writeFileSync(`${file}~`, text);
    renameSync(`${file}~`, file);
  }

  remove(name: string): void {
    rmSync(path.join(this.cwd, name), { recursive: true });
  }

  async end(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return (await this.finished).exitCode;
  }
}
