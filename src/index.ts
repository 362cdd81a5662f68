/** What the author of a plugin imports: types and helpers to define actions. */

export type * from './contracts/event.js';
export type * from './contracts/fields.js';
export {
  ActorId,
  Bytes,
  Channel,
  CommandArguments,
  Count,
  Deferred,
  Duration,
  Expression,
  Key,
  Latency,
  Milliseconds,
  Nullable,
  OneOf,
  PerSecond,
  QueueName,
  Rate,
  Ratio,
  Share,
  Size,
  StepId,
  StepListField,
  Total,
  Type,
} from './contracts/fields.js';
export type * from './contracts/history.js';
export type * from './contracts/redis.js';
export type * from './contracts/result.js';
export type * from './contracts/step.js';
export { defineStep } from './contracts/step.js';
export { JudgementError, OutcomeUnknown, ReplyError, ScenarioError, TargetError } from './errors.js';
