import type { RunEvent, StepFinished, StepReference } from '../../contracts/event.js';
import { oneLine } from '../../format/text.js';

type Around = Pick<StepReference, 'key' | 'title'>;

/** Whether a key is that of a step inside another: `steps.1#0.2` is inside `steps.1`. */
export const isInside = (key: string, around: string): boolean =>
  key.startsWith(around) && /^[.#]/.test(key.slice(around.length));

/** What has been told of a run that is of use where it stops. */
export class Trail {
  /** The step that ended last. */
  last: StepFinished | undefined;
  /** The last result that there was. */
  result: unknown;
  /** Those that run, by case and key. */
  readonly #running = new Map<string, Around>();

  onEvent(event: RunEvent): void {
    if (event.type === 'step.started') this.#running.set(`${event.case} ${event.step.key}`, event.step);
    if (event.type !== 'step.finished') return;
    this.#running.delete(`${event.case} ${event.step.key}`);
    this.last = event;
    if (event.result !== undefined) this.result = event.result;
  }

  /** `repeat #1 › include pay.yaml › command GET total` */
  describe(ofCase: string, { key, title }: StepReference): string {
    const around = [...this.#running].flatMap(([name, step]) =>
      name.startsWith(`${ofCase} `) && isInside(key, step.key) ? step : [],
    );
    const chain = [...around, { key, title }];
    const named = chain.map((step, index) => `${step.title}${labelOf(step.key, chain[index + 1]?.key)}`);
    return oneLine(named.join(' › '));
  }
}

/** Which of its lists a step inside stands in: ` #7`, ` branch1`; empty where there is one. */
function labelOf(around: string, inside: string | undefined): string {
  const label = inside
    ?.slice(around.length)
    .replace(/^\./, '')
    .replace(/\.?\d+$/, '');
  return label ? ` ${label}` : '';
}
