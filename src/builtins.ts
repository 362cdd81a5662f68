import type { Checker } from './contracts/checker.js';
import type { Matcher } from './contracts/matcher.js';
import type { ReporterDefinition } from './contracts/reporter.js';
import type { StepDefinition } from './contracts/step.js';
import type { TargetDefinition, TargetKind } from './contracts/target.js';
import { containerKind } from './targets/container/kind.js';
import { elastiCacheKind } from './targets/elasticache/kind.js';
import { managedKind } from './targets/managed/kind.js';

/** A unit that ships, loaded when a run uses it. A line here is all that the rest of the program needs of a new one. */
export interface Builtin<T> {
  readonly name: string;
  readonly load: () => Promise<T>;
}

/** A handler is typed by its own schemas; whoever calls it has validated the input by them. */
const step = <T>(name: string, load: () => Promise<T>): Builtin<StepDefinition> => ({
  name,
  load: load as unknown as () => Promise<StepDefinition>,
});

export const steps: readonly Builtin<StepDefinition>[] = [
  step('command', async () => (await import('./steps/command/command.js')).command),
  step('pipeline', async () => (await import('./steps/command/pipeline.js')).pipeline),
  step('transaction', async () => (await import('./steps/command/transaction.js')).transaction),
  step('script', async () => (await import('./steps/command/script.js')).script),
  step('cache.set', async () => (await import('./steps/cache/set.js')).cacheSet),
  step('cache.get', async () => (await import('./steps/cache/get.js')).cacheGet),
  step('cache.delete', async () => (await import('./steps/cache/delete.js')).cacheDelete),
  step('cache.fetch', async () => (await import('./steps/cache/fetch.js')).cacheFetch),
  step('pubsub.subscribe', async () => (await import('./steps/pubsub/subscribe.js')).pubsubSubscribe),
  step('pubsub.publish', async () => (await import('./steps/pubsub/publish.js')).pubsubPublish),
  step('queue.push', async () => (await import('./steps/queue/push.js')).queuePush),
  step('queue.work', async () => (await import('./steps/queue/work.js')).queueWork),
  step('queue.inspect', async () => (await import('./steps/queue/inspect.js')).queueInspect),
  step('dlq.inspect', async () => (await import('./steps/dlq/inspect.js')).dlqInspect),
  step('dlq.redrive', async () => (await import('./steps/dlq/redrive.js')).dlqRedrive),
  step('dlq.purge', async () => (await import('./steps/dlq/purge.js')).dlqPurge),
  step('stream.add', async () => (await import('./steps/stream/add.js')).streamAdd),
  step('stream.group', async () => (await import('./steps/stream/group.js')).streamGroup),
  step('stream.read', async () => (await import('./steps/stream/read.js')).streamRead),
  step('stream.ack', async () => (await import('./steps/stream/ack.js')).streamAck),
  step('stream.claim', async () => (await import('./steps/stream/claim.js')).streamClaim),
  step('stream.inspect', async () => (await import('./steps/stream/inspect.js')).streamInspect),
  step('verify.fanout', async () => (await import('./steps/verify/fanout.js')).verifyFanout),
  step('verify.delivery', async () => (await import('./steps/verify/delivery.js')).verifyDelivery),
  step('process.start', async () => (await import('./steps/process/start.js')).processStart),
  step('process.signal', async () => (await import('./steps/process/signal.js')).processSignal),
  step('verify.queue', async () => (await import('./steps/verify/queue.js')).verifyQueue),
  step('verify.retries', async () => (await import('./steps/verify/retries.js')).verifyRetries),
  step('verify.keys', async () => (await import('./steps/verify/keys.js')).verifyKeys),
  step('load', async () => (await import('./steps/load/load.js')).load),
  step('wait', async () => (await import('./steps/flow/wait.js')).wait),
  step('parallel', async () => (await import('./steps/flow/parallel.js')).parallel),
  step('repeat', async () => (await import('./steps/flow/repeat.js')).repeat),
  step('forEach', async () => (await import('./steps/flow/for-each.js')).forEach),
  step('include', async () => (await import('./steps/flow/include.js')).include),
  step('await', async () => (await import('./steps/flow/await.js')).awaitStep),
  step('stop', async () => (await import('./steps/flow/stop.js')).stop),
  step('inspect', async () => (await import('./steps/flow/inspect.js')).inspect),
  step('set', async () => (await import('./steps/flow/set.js')).set),
  step('assert', async () => (await import('./steps/flow/assert.js')).assert),
];

export const matchers: readonly Builtin<Matcher>[] = [
  { name: '$eq', load: async () => (await import('./matchers/eq.js')).eq },
  { name: '$ne', load: async () => (await import('./matchers/ne.js')).ne },
  { name: '$gt', load: async () => (await import('./matchers/gt.js')).gt },
  { name: '$gte', load: async () => (await import('./matchers/gte.js')).gte },
  { name: '$lt', load: async () => (await import('./matchers/lt.js')).lt },
  { name: '$lte', load: async () => (await import('./matchers/lte.js')).lte },
  { name: '$in', load: async () => (await import('./matchers/in.js')).in },
  { name: '$nin', load: async () => (await import('./matchers/nin.js')).nin },
  { name: '$matches', load: async () => (await import('./matchers/matches.js')).matches },
  { name: '$contains', load: async () => (await import('./matchers/contains.js')).contains },
  { name: '$length', load: async () => (await import('./matchers/length.js')).length },
  { name: '$type', load: async () => (await import('./matchers/type.js')).type },
  { name: '$exists', load: async () => (await import('./matchers/exists.js')).exists },
  { name: '$approx', load: async () => (await import('./matchers/approx.js')).approx },
  { name: '$every', load: async () => (await import('./matchers/every.js')).every },
  { name: '$some', load: async () => (await import('./matchers/some.js')).some },
  { name: '$sameItems', load: async () => (await import('./matchers/sameItems.js')).sameItems },
  { name: '$not', load: async () => (await import('./matchers/not.js')).not },
  { name: '$schema', load: async () => (await import('./matchers/schema.js')).schema },
];

/** A checker is typed by its own options; the step that asks it says them. */
const checker = <T>(name: string, load: () => Promise<T>): Builtin<Checker> => ({
  name,
  load: load as unknown as () => Promise<Checker>,
});

export const checkers: readonly Builtin<Checker>[] = [
  checker('total-queue', async () => (await import('./checkers/total-queue.js')).totalQueue),
  checker('at-most-once', async () => (await import('./checkers/at-most-once.js')).atMostOnce),
  checker('at-least-once', async () => (await import('./checkers/at-least-once.js')).atLeastOnce),
  checker('exactly-once-effect', async () => (await import('./checkers/exactly-once-effect.js')).exactlyOnceEffect),
  checker('conservation', async () => (await import('./checkers/conservation.js')).conservation),
  checker('early-redelivery', async () => (await import('./checkers/early-redelivery.js')).earlyRedelivery),
  checker('dead-letter-fidelity', async () => (await import('./checkers/dead-letter-fidelity.js')).deadLetterFidelity),
  checker('fan-out', async () => (await import('./checkers/fan-out.js')).fanOut),
  checker('identity', async () => (await import('./checkers/identity.js')).identity),
  checker('whereabouts', async () => (await import('./checkers/whereabouts.js')).whereabouts),
  checker('order', async () => (await import('./checkers/order.js')).order),
  checker('lease-overlap', async () => (await import('./checkers/lease-overlap.js')).leaseOverlap),
  checker('scheduling', async () => (await import('./checkers/scheduling.js')).scheduling),
  checker('retry-policy', async () => (await import('./checkers/retry-policy.js')).retryPolicy),
];

export const reporters: readonly Builtin<ReporterDefinition>[] = [
  { name: 'pretty', load: async () => (await import('./reporters/pretty.js')).pretty },
  { name: 'ndjson', load: async () => (await import('./reporters/ndjson.js')).ndjson },
  { name: 'json', load: async () => (await import('./reporters/json.js')).json },
  { name: 'junit', load: async () => (await import('./reporters/junit.js')).junit },
  { name: 'github', load: async () => (await import('./reporters/github.js')).github },
  { name: 'markdown', load: async () => (await import('./reporters/markdown.js')).markdown },
  { name: 'html', load: async () => (await import('./reporters/html.js')).html },
  { name: 'ctrf', load: async () => (await import('./reporters/ctrf.js')).ctrf },
  { name: 'tap', load: async () => (await import('./reporters/tap.js')).tap },
  { name: 'durations', load: async () => (await import('./reporters/durations.js')).durations },
];

/** A target is checked by its kind, and opened by its unit. */
export interface BuiltinTarget extends Builtin<TargetDefinition> {
  readonly kind: TargetKind;
}

/** Configs are typed by their unit's schema; whoever calls has validated them by it. */
const target = <T>(kind: TargetKind<T>, load: () => Promise<TargetDefinition<T>>): BuiltinTarget => ({
  name: kind.name,
  kind: kind as TargetKind,
  load: load as () => Promise<TargetDefinition>,
});

/** Servers that run already have a URL, and what belongs to it, in place of a kind of their own. */
export const urlUnit = { name: 'url', load: async () => (await import('./targets/url.js')).urlTarget };

export const targets: readonly BuiltinTarget[] = [
  target(managedKind, async () => (await import('./targets/managed.js')).managedTarget),
  target(containerKind, async () => (await import('./targets/container.js')).containerTarget),
  target(elastiCacheKind, async () => (await import('./targets/elasticache.js')).elastiCacheTarget),
];
