import { fractionAt } from '../command/random.js';

/** A time in which the rate goes evenly from one value to another; per second. */
export interface Stage {
  readonly forMs: number;
  readonly from: number;
  readonly to: number;
}

/** `constant`: evenly spaced; `poisson`: as independent users come, at random. */
export type Arrival = 'constant' | 'poisson';

/** Apart from the streams of holes, which count up from 0, and from the mix. */
const ARRIVAL_STREAM = -2;

/** When operations are due, in milliseconds from the start, one after the other. */
export class Arrivals {
  #number = 0;
  /** How many were to come until the next one: whole numbers, or sums of exponential ones. */
  #expected = 0;
  #stage = 0;
  #stageStart = 0;
  #expectedBefore = 0;

  constructor(
    private readonly stages: readonly Stage[],
    private readonly arrival: Arrival,
    private readonly seed: number,
  ) {
    if (arrival === 'poisson') this.#expected = this.#exponential();
  }

  /** Infinity after the last stage. */
  next(): number {
    const due = this.#due();
    this.#number++;
    this.#expected += this.arrival === 'poisson' ? this.#exponential() : 1;
    return due;
  }

  /** The time at which as many are to have come as are expected: the inverse of the rate's integral. */
  #due(): number {
    for (; this.#stage < this.stages.length; this.#stage++) {
      const stage = this.stages[this.#stage]!;
      const inStage = ((stage.from + stage.to) / 2_000) * stage.forMs;
      const left = this.#expected - this.#expectedBefore;
      if (left < inStage) return this.#stageStart + timeOf(left, stage);
      this.#expectedBefore += inStage;
      this.#stageStart += stage.forMs;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** How many are to have come by this time from the start, in the mean. */
  expectedBy(ms: number): number {
    let expected = 0;
    let start = 0;
    for (const { forMs, from, to } of this.stages) {
      const within = Math.min(forMs, ms - start);
      if (within <= 0) break;
      const change = forMs === Number.POSITIVE_INFINITY ? 0 : ((to - from) * within) / forMs;
      expected += ((2 * from + change) / 2_000) * within;
      start += forMs;
    }
    return Math.floor(expected);
  }

  #exponential(): number {
    return -Math.log1p(-fractionAt(this.seed, ARRIVAL_STREAM, this.#number));
  }
}

/** How long a stage takes until so many have come: x = a t + b t²/2, solved so that b may be 0. */
function timeOf(count: number, { forMs, from, to }: Stage): number {
  if (count === 0) return 0;
  const a = from / 1_000;
  const b = forMs === Number.POSITIVE_INFINITY ? 0 : (to - from) / 1_000 / forMs;
  return (2 * count) / (a + Math.sqrt(Math.max(0, a * a + 2 * b * count)));
}
