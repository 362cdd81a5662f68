import { type BoundExpression, Duration, Expression, OneOf, Share, Type } from '../../contracts/fields.js';
import type { Message } from '../../contracts/message.js';
import type { Random } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';

const KINDS = ['fail', 'crash', 'hang', 'slow'] as const;
export type FaultKind = (typeof KINDS)[number];

const DESCRIPTIONS: Record<FaultKind, string> = {
  fail: 'The handler raises an exception.',
  crash: 'The worker dies with the message in hand, unacknowledged; another takes its place.',
  hang: 'The worker holds the message without acknowledging it; twice the visibility unless `takes` says how long.',
  slow: 'The handler takes longer; half the visibility unless `takes` says how long.',
};

const conditions = (kind: FaultKind) =>
  Type.Optional(
    Type.Object(
      {
        when: Type.Optional(Expression(['message'], { description: 'Strikes where this is true.' })),
        share: Type.Optional(Share({ description: 'Strikes this share of handler runs, drawn from the seed.' })),
        attempts: Type.Optional(
          Type.Array(Type.Integer({ minimum: 1 }), {
            minItems: 1,
            description: 'Strikes these deliveries of a message, the first being 1.',
          }),
        ),
        every: Type.Optional(
          Type.Integer({
            minimum: 1,
            description: 'Strikes every n-th message by sequence; without `attempts` only its first delivery.',
          }),
        ),
        first: Type.Optional(
          Type.Integer({
            minimum: 1,
            description: 'Strikes the first n messages by sequence; without `attempts` only their first delivery.',
          }),
        ),
        at: OneOf(['start', 'end'], { default: 'start', description: 'Before or after the effect.' }),
        takes: Type.Optional(Duration({ description: 'The time until it strikes, or that it takes.' })),
      },
      { description: DESCRIPTIONS[kind] },
    ),
  );

export const Faults = () =>
  Type.Array(
    Type.Object(
      { fail: conditions('fail'), crash: conditions('crash'), hang: conditions('hang'), slow: conditions('slow') },
      { exactlyOneOf: KINDS },
    ),
    {
      default: [],
      description: 'What goes wrong. A fault strikes where all its conditions hold; without conditions always.',
    },
  );

export interface FaultConditions {
  readonly when?: BoundExpression | undefined;
  readonly share?: number | undefined;
  readonly attempts?: readonly number[] | undefined;
  readonly every?: number | undefined;
  readonly first?: number | undefined;
  readonly at: 'start' | 'end';
  readonly takes?: number | undefined;
}

export type FaultInput = { readonly [kind in FaultKind]?: FaultConditions | undefined };

export interface Strike {
  /** Which of the faults, from 0. */
  readonly fault: number;
  readonly kind: FaultKind;
  readonly at: 'start' | 'end';
  readonly takesMs: number;
}

/** A fault's kind and conditions. */
export function readFault(fault: FaultInput): { readonly kind: FaultKind; readonly conditions: FaultConditions } {
  for (const kind of KINDS) {
    const conditions = fault[kind];
    if (conditions) return { kind, conditions };
  }
  throw new ScenarioError('a fault needs one of fail, crash, hang or slow', {
    next: 'write for example `- fail: { attempts: [1] }`',
  });
}

/** The faults that strike this handler run, in the order in which they are written. */
export function strikesOf(
  faults: readonly FaultInput[],
  message: Message,
  { visibilityMs, random }: { readonly visibilityMs: number; readonly random: Random },
): Strike[] {
  const usual: Record<FaultKind, number> = { fail: 0, crash: 0, hang: 2 * visibilityMs, slow: visibilityMs / 2 };
  return faults.flatMap((fault, index) => {
    const { kind, conditions } = readFault(fault);
    const draw = () => random.derive('fault', index, message.id, message.attempt).next();
    if (!holds(conditions, message, draw)) return [];
    return [{ fault: index, kind, at: conditions.at, takesMs: conditions.takes ?? usual[kind] }];
  });
}

function holds(conditions: FaultConditions, message: Message, draw: () => number): boolean {
  const { when, share, every, first } = conditions;
  const bySequence = every !== undefined || first !== undefined;
  const attempts = conditions.attempts ?? (bySequence ? [1] : undefined);
  if (attempts && !attempts.includes(message.attempt)) return false;
  if (every !== undefined && (message.sequence + 1) % every !== 0) return false;
  if (first !== undefined && message.sequence >= first) return false;
  if (share !== undefined && draw() >= share) return false;
  return when === undefined || isTrue(when, message);
}

function isTrue(when: BoundExpression, message: Message): boolean {
  const value = when.evaluate({ message });
  if (typeof value === 'boolean') return value;
  throw new ScenarioError(`\`when: ${when.source}\` must be true or false, not ${JSON.stringify(value)}`, {
    next: 'compare the value with something',
  });
}

/** How many deliveries of one message faults of these kinds can strike at most. */
export function mostStrikes(faults: readonly FaultInput[], kinds: readonly FaultKind[], deliveries: number): number {
  const strikes = faults.map(readFault).filter(({ kind }) => kinds.includes(kind));
  const most = strikes.map(({ conditions: { attempts, every, first } }) => {
    if (attempts) return attempts.length;
    return every !== undefined || first !== undefined ? 1 : deliveries;
  });
  return Math.min(Math.max(0, ...most), deliveries);
}
