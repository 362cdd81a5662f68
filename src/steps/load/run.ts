import { createHash } from 'node:crypto';
import type { Clock, StepContext } from '../../contracts/step.js';
import { onAbort } from '../../redis/listeners.js';
import { addressOf } from '../../redis/url.js';
import { mixOf } from '../../wire/command/mix.js';
import type { RunPlan } from '../../wire/plan.js';
import type { Run } from '../../wire/run.js';
import { Wire } from '../../wire/wire.js';
import { raiseFailure } from '../wire-failure.js';
import type { LoadInput, MixEntry, Parts } from './input.js';
import { type LoadResult, resultOf } from './result.js';
import { watchServers } from './server.js';
import { declaredTime, latestEnd, stagesOf } from './stages.js';
import { compileTemplate, isExpression, Variation } from './templates.js';

const WATCH_MS = 100;
/** How long a server that went away is waited for. */
const PATIENCE_MS = 5_000;
const LARGEST_SEED = 2 ** 31 - 1;

/** Raises a ScenarioError or a TargetError. */
export async function runLoad(input: LoadInput, context: StepContext): Promise<LoadResult> {
  const { signal, clock, target } = context;
  const seed = context.random.integer(0, LARGEST_SEED);
  const stages = stagesOf(input);
  const variation = new Variation(input, seed);
  const commands = await Promise.all(input.mix.map((entry) => commandOf(entry, context)));
  const templates = commands.map((parts) => compileTemplate(parts, variation, context.namespace));
  const address = addressOf(target);
  const { clients, pipeline } = input;
  const now = (): number => clock.now();
  using wire = await Wire.open(address, {
    name: `redrill:${context.caseId}:${context.stepName}`,
    clients,
    pipeline,
    signal,
    now,
  });
  const lookAgain = await watchServers(context.redis, now);
  const run = wire.run({
    mix: mixOf(
      templates.map((template, index) => ({ template, weight: input.mix[index]!.weight })),
      seed,
    ),
    warmupMs: input.warmup,
    ...(input.for !== undefined && { forMs: input.warmup + input.for }),
    ...(input.count !== undefined && { count: input.count }),
    ...(stages && { arrivals: { stages, arrival: input.arrival, seed }, latestMs: latestEnd(input) }),
    // Nothing else ends a count in a closed loop.
    ...(input.count !== undefined && !stages && { patienceMs: PATIENCE_MS }),
  } satisfies RunPlan);
  let aborted = false;
  const result = (): LoadResult => {
    // Of one that was cut short, what was sent until then says how it went.
    const plannedMs = aborted || signal.aborted ? 0 : declaredTime(input);
    return resultOf(run, { names: input.mix.map(nameOf), nodes: wire.nodes.names, plannedMs, now: now(), aborted });
  };
  context.reportProgress(result);
  const release = onAbort(signal, () => run.stop());
  try {
    if (signal.aborted) run.stop();
    if (input.abortOn) aborted = await endOnErrors(run, input, clock);
    await run.finished;
  } finally {
    release();
    const { tally, endMs = now() } = run;
    const [{ measuredFrom: startMs }, { seconds }] = [tally, tally.series];
    if (seconds.length > 0) context.noteLoad({ startMs, endMs, seconds, buckets: tally.latency().buckets() });
  }
  if (signal.aborted) throw signal.reason;
  raiseFailure(run, address);
  return { ...result(), server: await lookAgain() };
}

/** Resolves when the run is over; true where it was ended here. */
async function endOnErrors(run: Run, input: LoadInput, clock: Clock): Promise<boolean> {
  const over = new AbortController();
  void run.finished.then(() => over.abort());
  while (!over.signal.aborted) {
    if (hasTooManyErrors(run, input, clock.now())) {
      run.stop();
      return true;
    }
    await clock.sleep(WATCH_MS, over.signal).catch(() => {});
  }
  return false;
}

function hasTooManyErrors({ tally }: Run, { abortOn }: LoadInput, now: number): boolean {
  if (!abortOn || now < tally.measuredFrom + abortOn.after) return false;
  const [operations, errors, unknown] = [tally.sum('operations'), tally.sum('errors'), tally.sum('unknown')];
  return (errors + unknown) / (operations + unknown) > abortOn.errorRate.$gt;
}

/** A script becomes EVALSHA, once every node knows it. */
async function commandOf({ command, script }: MixEntry, context: StepContext): Promise<Parts> {
  if (!script) return command ?? [];
  const { lua, file, keys = [], args = [] } = script;
  // The compiler put the file's text in the place of its path.
  const text = lua ?? file ?? '';
  // The text itself is looked at too: it may do what is refused here.
  context.namespace.command(['EVAL', text, 0]);
  const nodes = await context.redis.nodes({ signal: context.signal });
  await Promise.all(nodes.map((node) => node.call(['SCRIPT', 'LOAD', text], { signal: context.signal })));
  const digest = createHash('sha1').update(text).digest('hex');
  return [['EVALSHA'], [digest], [keys.length], ...keys, ...args];
}

const NAME_LENGTH = 60;

/** A command of the mix, as the scenario has it. */
function nameOf({ command = [], script }: MixEntry): string {
  const text = script
    ? 'script'
    : command
        .map((parts) => parts.map((part) => (isExpression(part) ? `\${{ ${part.source} }}` : String(part))).join(''))
        .join(' ');
  return text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH - 1)}…` : text;
}
