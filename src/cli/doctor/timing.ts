import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Finding, ok, type Patient, refusable, unknown, warning } from './patient.js';

const PINGS = 50;
const ALL_PINGS_MS = 2_500;
const HIGH_P50_MS = 5;
const HIGH_P99_MS = 50;
const BUSY_P99_MS = 20;
/** Resolution of the event loop's clock, which its figures contain. */
const RESOLUTION_MS = 1;

/** Round trips one after the other, and how late this program itself was meanwhile. */
export async function latency(patient: Patient): Promise<Finding> {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  const end = performance.now() + patient.limit(ALL_PINGS_MS);
  const times: number[] = [];
  while (times.length < PINGS && performance.now() < end) {
    const begin = performance.now();
    // A user who may not PING is told so as fast.
    await patient.pipeline([['PING']]);
    times.push(performance.now() - begin);
  }
  loop.disable();
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? Number.NaN;
  const [p50, p99] = [at(0.5), at(0.99)];
  const busy = Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MS);
  const seen = `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)} of ${times.length} PINGs; event loop p99 ${milliseconds(busy)}`;
  const data = { pings: times.length, p50: round(p50), p99: round(p99), eventLoopP99: round(busy) };
  return { ...judge(seen, p50, p99, busy), data };
}

function judge(seen: string, p50: number, p99: number, busy: number): Finding {
  if (busy >= BUSY_P99_MS)
    return warning(seen, 'this machine is too busy to measure well', 'run on a machine with a core to spare');
  if (p50 >= HIGH_P50_MS)
    return warning(
      seen,
      'the server is far away: what waits for each reply is slow',
      'run in the region and network of the server',
    );
  if (p99 >= HIGH_P99_MS)
    return warning(
      seen,
      'some replies take long: slow commands, a fork or a busy network',
      'see SLOWLOG GET and LATENCY DOCTOR on the server',
    );
  return ok(seen);
}

const round = (figure: number): number => Number(figure.toFixed(3));
const milliseconds = (figure: number): string => `${Number(figure.toFixed(figure < 10 ? 2 : 0))}ms`;

/** How far the server's clock is from ours; to be known when times of both are compared. */
export async function clock(patient: Patient): Promise<Finding> {
  const begin = performance.now();
  const reply = await refusable(patient.call(['TIME']));
  const roundTrip = performance.now() - begin;
  if (!Array.isArray(reply)) return unknown('not known', 'TIME is refused');
  const theirs = Number(reply[0]) * 1_000 + Number(reply[1]) / 1_000;
  const offset = theirs - (Date.now() - roundTrip / 2);
  const data = { offset: Math.round(offset), uncertainty: round(roundTrip / 2) };
  // Ours has whole milliseconds.
  if (Math.abs(offset) <= roundTrip / 2 + 2) return ok('as ours', data);
  const size =
    Math.abs(offset) < 1_000 ? `${Math.round(Math.abs(offset))}ms` : `${(Math.abs(offset) / 1_000).toFixed(1)}s`;
  return ok(`${size} ${offset > 0 ? 'ahead of' : 'behind'} ours`, data);
}
