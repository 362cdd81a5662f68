import { ScenarioError, TargetError } from '../../errors.js';
import { plural } from '../../format/text.js';
import { EXIT, printDiagnostics, printError } from '../print.js';
import { namePattern, selectCases } from '../scenarios.js';
import { type End, listenForEnd } from '../signals.js';
import type { RunFlags } from '../suite.js';
import { parseVariables } from '../variables.js';
import { FolderWatcher } from './folders.js';
import { Inbox, type Message } from './inbox.js';
import { type Key, Keyboard } from './keys.js';
import { Runner } from './runner.js';
import { type WatchedFile, WatchedScenarios } from './scenarios.js';
import { Screen } from './screen.js';
import { KeptTargets } from './target.js';

/** Runs scenarios, and again what somebody saves or asks for, until a signal or a key ends it. */
export async function watch(paths: readonly string[], flags: RunFlags): Promise<number> {
  const scenarios = new WatchedScenarios(paths, parseVariables(flags.var));
  await scenarios.update(new Set());
  using end = listenForEnd();
  await using targets = new KeptTargets(end.signal);
  await new Watch(flags, scenarios, targets, end).run();
  return end.exitCode ?? EXIT.passed;
}

/** Keys that end the run which is under way; the others wait for it. */
const ENDS_RUN: ReadonlySet<Key> = new Set(['all', 'again', 'failed', 'filter', 'quit']);

class Watch {
  readonly #keys = process.stdin.isTTY === true && process.stderr.isTTY === true;
  readonly #screen = new Screen(this.#keys);
  readonly #inbox = new Inbox();
  readonly #runner: Runner;
  #grep: string | undefined;
  #ran = false;

  constructor(
    private readonly flags: RunFlags,
    private readonly scenarios: WatchedScenarios,
    private readonly targets: KeptTargets,
    private readonly end: End,
  ) {
    this.#runner = new Runner(flags, targets, end);
    this.#grep = flags.grep;
  }

  async run(): Promise<void> {
    this.#inbox.onMessage = (message) => this.#interruptFor(message);
    using folders = new FolderWatcher((file, changedAt) => {
      const written = this.scenarios.mayWrite(this.#runner.runningAt(changedAt), file);
      if (!written && this.scenarios.matters(file)) this.#inbox.save(file);
    }, complain);
    using keyboard = this.#keys ? new Keyboard(this.#inbox.press) : undefined;
    folders.watchAll(this.scenarios.folders());
    await this.#run(undefined, this.scenarios.files);
    for (;;) {
      if (this.#inbox.messages.length === 0) this.#wait();
      const message = await this.#inbox.next(this.end.signal);
      if (!message) return;
      if (message.kind === 'saved') await this.#rerun(message.files);
      else if (message.key === 'quit') return;
      else await this.#answer(message.key, keyboard);
      folders.watchAll(this.scenarios.folders());
    }
  }

  #interruptFor(message: Message): void {
    if (message.kind === 'key') {
      if (ENDS_RUN.has(message.key)) this.#runner.interrupt('interrupted by a key');
      return;
    }
    const running = this.#runner.runningAt(Date.now()).some((file) => this.scenarios.concerns(message.files, file));
    if (running) this.#runner.interrupt('interrupted by a save');
  }

  async #answer(key: Exclude<Key, 'quit'>, keyboard: Keyboard | undefined): Promise<void> {
    const { last, failures } = this.#runner;
    switch (key) {
      case 'last':
        return this.#screen.failure(failures.last);
      case 'help':
        return this.#screen.help();
      case 'failed':
        if (failures.ids.size === 0) return this.#screen.failure(undefined);
        return this.#runAll('what did not pass', failures.ids);
      case 'again':
        return this.#runAll('the same', last);
      case 'filter': {
        const given = await keyboard?.ask('Only cases whose file or name matches: ', this.#grep ?? '', this.end.signal);
        if (given === undefined || this.end.signal.aborted) return;
        const text = given.trim() === '' ? undefined : given.trim();
        if (text !== undefined && !isPattern(text)) return this.#screen.noPattern(text);
        this.#grep = text;
        return this.#runAll('all');
      }
      case 'all':
        return this.#runAll('all');
    }
  }

  async #runAll(what: string, ids?: ReadonlySet<string>): Promise<void> {
    // The last save may have left a configuration that could not be read.
    if (!this.scenarios.open) return this.#rerun(new Set());
    await this.#run(what, this.scenarios.files, ids);
  }

  /** What a change concerns, and what it cut off. */
  async #rerun(changed: ReadonlySet<string>): Promise<void> {
    const { failures, cutOff } = this.#runner;
    try {
      const { files, everything } = await this.scenarios.update(changed);
      if (everything) await this.targets.close();
      const all = this.scenarios.files;
      failures.keep(all.flatMap(({ cases }) => cases));
      const others = all.filter(({ cases }) => cases.some(({ reference }) => cutOff.has(reference.id)));
      const concerned = new Set([...files, ...others]);
      if (concerned.size > 0) await this.#run(nameOf(files), [...concerned]);
    } catch (error) {
      tell(error);
      this.#ran = true;
    }
  }

  async #run(what: string | undefined, files: readonly WatchedFile[], ids?: ReadonlySet<string>): Promise<void> {
    const { open } = this.scenarios;
    if (!open) return;
    const valid = files.filter(({ diagnostics }) => diagnostics.length === 0);
    const cases = valid.flatMap((file) => file.cases).filter(({ reference }) => ids?.has(reference.id) ?? true);
    if (what !== undefined) this.#screen.begin(what, cases.length);
    const diagnostics = [...open.diagnostics, ...files.flatMap((file) => file.diagnostics)];
    if (diagnostics.length > 0) printDiagnostics(diagnostics, 'watching goes on');
    try {
      if (open.diagnostics.length === 0 && cases.length > 0) {
        const run = this.#runner.run(selectCases(cases, { ...this.flags, grep: this.#grep }), valid, open);
        // Whatever came since the last run ended is as good a reason as what comes now.
        for (const message of this.#inbox.messages) this.#interruptFor(message);
        await run;
      }
    } catch (error) {
      tell(error);
    }
    this.#ran = true;
  }

  /** Says that it waits, unless that was the last that it said. */
  #wait(): void {
    if (!this.#ran || this.end.signal.aborted) return;
    this.#ran = false;
    const { files } = this.scenarios;
    this.#screen.wait({
      files: files.length,
      invalid: files.filter(({ diagnostics }) => diagnostics.length > 0).length,
      failed: this.#runner.failures.ids.size,
      grep: this.#grep,
    });
  }
}

const nameOf = (files: readonly WatchedFile[]): string =>
  files.length === 1 ? files[0]!.file : plural(files.length, 'file');

function tell(error: unknown): void {
  if (!(error instanceof ScenarioError) && !(error instanceof TargetError)) throw error;
  printError(error);
}

function isPattern(text: string): boolean {
  try {
    namePattern(text);
    return true;
  } catch {
    return false;
  }
}

const complain = (error: Error): void => {
  const { code } = error as NodeJS.ErrnoException; // of the system
  const next = code === 'ENOSPC' ? '\n  raise fs.inotify.max_user_watches, or name fewer folders' : '';
  process.stderr.write(`redrill: a folder cannot be watched: ${error.message}${next}\n`);
};
