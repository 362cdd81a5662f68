import type { Histogram } from '../../history/histogram.js';
import type { RunPlan } from '../plan.js';
import { Arrivals } from './arrivals.js';
import { ClosedLoop } from './closed-loop.js';
import type { Driver, Road } from './driver.js';
import { OpenLoop } from './open-loop.js';
import { ProducerLoop } from './producer-loop.js';

interface Circumstances {
  readonly startMs: number;
  /** Takes how late the generator itself is. */
  readonly lag: Histogram;
  /** A reply is still to come. */
  isAnswerDue(): boolean;
  end(): void;
}

/** What decides when an operation is sent: producers, an open loop, or a closed one. */
export function driverOf(
  { forMs = Number.POSITIVE_INFINITY, arrivals, producers }: RunPlan,
  road: Road,
  { startMs, lag, isAnswerDue, end }: Circumstances,
): Driver {
  if (producers) return new ProducerLoop(road, startMs, forMs, producers.rate);
  if (!arrivals) return new ClosedLoop(road, startMs + forMs);
  const due = new Arrivals(arrivals.stages, arrivals.arrival, arrivals.seed);
  return new OpenLoop(road, due, startMs, lag, isAnswerDue, end);
}
