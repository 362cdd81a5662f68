/**
 * Runs workers side by side until each has ended. After the first error the others are asked to end, by `goesOn`
 * turning false, and then it is raised: nothing goes on behind a step that has failed.
 */
export async function runWorkers(
  count: number,
  work: (worker: number, goesOn: () => boolean) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const goesOn = () => errors.length === 0;
  const run = (_: unknown, worker: number) => work(worker, goesOn).catch((error: unknown) => errors.push(error));
  await Promise.all(Array.from({ length: count }, run));
  if (errors.length > 0) throw errors[0];
}
