import type { Fold } from '../../contracts/reporter.js';
import { oneLine } from '../../format/text.js';

/** Lines that CI shows as one, until somebody opens it. */
export class Folding {
  private title: string | undefined;
  private sections = 0;

  constructor(private readonly kind: Fold) {}

  /** What begins a fold of this title, at this time in milliseconds since the epoch; nothing where it is open. */
  open(title: string, time: number): string[] {
    if (this.title === title) return [];
    const before = this.close(time);
    this.title = title;
    this.sections++;
    return [...before, START[this.kind](oneLine(title), this.name, seconds(time))];
  }

  /** What ends the fold that is open, if any. */
  close(time: number): string[] {
    if (this.title === undefined) return [];
    this.title = undefined;
    return [END[this.kind](this.name, seconds(time))];
  }

  private get name(): string {
    return `redrill_${this.sections}`;
  }
}

const seconds = (time: number): number => Math.floor(time / 1_000);

const CLEAR = '\u001b[0K';

/** GitHub: workflow commands. GitLab: markers of sections, which docs.gitlab.com/ci/jobs/job_logs describes. */
const START: Readonly<Record<Fold, (title: string, name: string, time: number) => string>> = {
  github: (title) => `::group::${title}`,
  gitlab: (title, name, time) => `${CLEAR}section_start:${time}:${name}[collapsed=true]\r${CLEAR}${title}`,
};

const END: Readonly<Record<Fold, (name: string, time: number) => string>> = {
  github: () => '::endgroup::',
  gitlab: (name, time) => `${CLEAR}section_end:${time}:${name}\r${CLEAR}`,
};
