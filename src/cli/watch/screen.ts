import { plural } from '../../format/text.js';
import { createPaint } from '../../reporters/paint.js';
import { wantsColor } from '../print.js';

const KEYS_HELP = `
  a          run all cases
  f          run those that did not pass
  r, Enter   run again what ran last
  t          run only cases whose file or name matches; empty for all
  l          show the last failure again
  h          this help
  q, Ctrl-C  quit
`;

export interface WatchStatus {
  readonly files: number;
  /** Of them, those that cannot run. */
  readonly invalid: number;
  readonly failed: number;
  readonly grep: string | undefined;
}

/** What `watch` says beside the reports: on standard error, so that a report on standard output stays one. */
export class Screen {
  readonly #paint = createPaint(wantsColor(process.stderr));

  /** `keys`: somebody sits before it. */
  constructor(private readonly keys: boolean) {}

  /** A run begins. What was there before can be scrolled to. */
  begin(what: string, cases: number): void {
    const { rows } = process.stderr;
    if (this.keys && rows) process.stderr.write(`${'\n'.repeat(rows)}\x1b[H`);
    this.#say(this.#paint('bold', cases > 0 ? `↻ ${what}: ${plural(cases, 'case')}` : `↻ ${what}`));
  }

  /** Nothing runs any more. */
  wait({ files, invalid, failed, grep }: WatchStatus): void {
    const lines = [''];
    if (grep !== undefined) lines.push(`Only cases that match ${grep}.`);
    if (invalid > 0)
      lines.push(`${plural(invalid, 'file')} ${invalid === 1 ? 'has' : 'have'} problems, and did not run.`);
    if (failed > 0) lines.push(`${plural(failed, 'case')} did not pass${this.keys ? ': f runs only those' : ''}.`);
    const keys = this.keys ? this.#paint('gray', ' Keys: h for help, q to quit.') : '';
    lines.push(`Watching ${plural(files, 'scenario file')} for changes.${keys}`);
    this.#say(lines.join('\n'));
  }

  help(): void {
    this.#say(KEYS_HELP);
  }

  failure(story: string | undefined): void {
    this.#say(story === undefined ? 'Nothing has failed.' : story.trimEnd());
  }

  noPattern(text: string): void {
    this.#say(`${text} is no regular expression: escape what is meant literally.`);
  }

  #say(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
