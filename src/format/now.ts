const [start] = process.hrtime();

/**
 * Milliseconds of the monotonic clock, since about the start of the program. `performance.now()` tells the same, but loads
 * all that measures performance first: 1.2 ms of a start.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds - start) * 1e3 + nanoseconds / 1e6;
}
