import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listProcesses, type RunningProcess } from '../support/processes.js';

/** A folder for temporary files of managed servers, so that a test sees its own servers alone. */
export class ServerRoom implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));
  readonly #groups = new Set<number>();

  /** Folders of servers. */
  folders(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith('redrill-'))
      .map((name) => join(this.folder, name));
  }

  /** Supervisors, servers and whatever else is in their process groups, though its supervisor be gone. */
  processes(): RunningProcess[] {
    // A zombie has ended; only its parent has not asked yet.
    const all = listProcesses().filter(({ state }) => state !== 'Z');
    for (const { command, group } of all) if (command.includes(join(this.folder, 'redrill-'))) this.#groups.add(group);
    return all.filter(({ group }) => this.#groups.has(group));
  }

  servers(): RunningProcess[] {
    return this.processes().filter(({ command }) => /^\S*(redis|valkey)-server/.test(command));
  }

  supervisors(): RunningProcess[] {
    return this.processes().filter(({ pid, group }) => pid === group);
  }

  async expectEmpty(): Promise<void> {
    await expect.poll(() => [...this.processes(), ...this.folders()], { timeout: 5_000, interval: 20 }).toEqual([]);
  }

  /** Holds every test to it that it leaves nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.expectEmpty();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
