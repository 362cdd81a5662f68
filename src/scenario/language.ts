import { Duration, Expression, OneOf, Type } from '../contracts/fields.js';
import { CAPABILITIES } from '../contracts/target.js';

/** Schemas of the language itself: a scenario, a step's modifiers, an invariant. Needed at build time and for plugins. */

const NAME = '^[A-Za-z_][A-Za-z0-9_]*$';

const LineName = () => Type.String({ minLength: 1, description: 'The line in the report.' });

const Steps = (description: string) =>
  Type.Unsafe<unknown>({ type: 'array', items: { $ref: '#/$defs/step' }, description });

const Poll = (description: string) =>
  Type.Unsafe<unknown>({
    description,
    anyOf: [
      Duration(),
      Type.Object({ for: Duration(), every: Duration({ default: '100ms' }) }, { additionalProperties: false }),
    ],
    examples: ['2s', { for: '2s', every: '100ms' }],
  });

/** Everything beside the action in a step. */
export const modifiersSchema = Type.Object(
  {
    id: Type.Optional(
      Type.String({ pattern: NAME, description: "Other steps name this one's result by it: `steps.work.completed`." }),
    ),
    name: Type.Optional(LineName()),
    if: Type.Optional(Expression([], { description: 'An expression; false: the step is skipped.' })),
    expect: Type.Optional(Type.Unknown({ description: "What the action's result must match." })),
    expectError: Type.Optional(
      Type.Unsafe<unknown>({
        type: 'object',
        minProperties: 1,
        additionalProperties: false,
        properties: {
          code: Type.Unknown({ description: "Redis's code, `TIMEOUT`, `CONNECTION` or `PROGRAM`." }),
          message: Type.Unknown({ description: 'The text after the code.' }),
        },
        description: 'The step must fail with this error.',
        examples: [{ code: 'WRONGTYPE' }, { code: 'ERR', message: { $matches: 'syntax' } }],
      }),
    ),
    within: Type.Optional(Poll('Polls: runs the action again until `expect` holds, or fails with the last mismatch.')),
    throughout: Type.Optional(Poll('Runs the action again for this long; `expect` must hold every time.')),
    timeout: Type.Optional(Duration({ description: 'Limit of one run of the action. Default 10s.' })),
    retry: Type.Optional(
      Type.Object(
        {
          attempts: Type.Integer({ minimum: 1, maximum: 1_000, default: 3, description: 'Runs in all.' }),
          delay: Duration({ default: '100ms', description: 'Before the second run.' }),
          backoff: OneOf(['constant', 'linear', 'exponential', 'none'], { default: 'constant' }),
          maxDelay: Type.Optional(Duration()),
        },
        { additionalProperties: false, description: 'Runs the action again after an error, never after a mismatch.' },
      ),
    ),
    background: Type.Optional(
      Type.Boolean({ description: 'Go on at once; `await: ID` collects it, the end of `steps` awaits the rest.' }),
    ),
    continueOnFailure: Type.Optional(
      Type.Boolean({ description: 'Later steps run even if this one fails; the case still fails.' }),
    ),
    connection: Type.Optional(
      Type.String({ minLength: 1, description: 'Steps that name the same connection share it.' }),
    ),
  },
  { additionalProperties: false },
);

/** Everything beside the action in an invariant of `always`. */
export const invariantSchema = Type.Object(
  {
    name: Type.Optional(LineName()),
    expect: Type.Optional(Type.Unknown({ description: 'What the result must match every time.' })),
    every: Duration({ default: '200ms', description: 'Time from one sample to the next, at least 10ms.' }),
    after: Type.Optional(
      Type.String({
        pattern: NAME,
        description:
          'Sampling begins when the step with this id lets the next one begin. Otherwise with the first step.',
      }),
    ),
    onError: OneOf(['fail', 'ignore'], {
      default: 'fail',
      description: '`ignore`: an error of the action is no sample.',
    }),
  },
  { additionalProperties: false },
);

const WORD_LIST = (description: string) =>
  Type.Unsafe<unknown>({
    description,
    anyOf: [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
  });

/** One YAML document. `queues` is filled in by the composition, from the units that name a queue. */
export const documentSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Unique within the file.' }),
    description: Type.Optional(Type.String({ description: 'What must hold, and why.' })),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'For --tags and --skip-tags.' })),
    requires: Type.Optional(
      Type.Object(
        {
          server: Type.Optional(WORD_LIST('`redis >= 7.0`; one of several must hold.')),
          topology: Type.Optional(WORD_LIST('`standalone` or `cluster`.')),
          capabilities: Type.Optional(
            Type.Unsafe<unknown>({
              type: 'array',
              minItems: 1,
              items: { type: 'string', enum: [...CAPABILITIES] },
              description: 'What it must be possible to do to its servers; all of these.',
              examples: [['failover', 'kill']],
            }),
          ),
          commands: Type.Optional(
            WORD_LIST('Commands that the server must take: `WAIT`, `CLIENT KILL`; all of these.'),
          ),
          programs: Type.Optional(
            Type.Array(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }), {
              minItems: 1,
              description: 'Commands, each a list, that must end with exit code 0 within 10 s (with --allow-run).',
              examples: [[['python3', '-c', 'import redis']]],
            }),
          ),
        },
        {
          additionalProperties: false,
          description: 'What the server must be and this machine must have; otherwise the case is skipped.',
        },
      ),
    ),
    vars: Type.Optional(
      Type.Unsafe<unknown>({
        type: 'object',
        propertyNames: { pattern: NAME },
        description: 'Values for `vars.NAME`.',
      }),
    ),
    matrix: Type.Optional(
      Type.Unsafe<unknown>({
        type: 'object',
        propertyNames: { pattern: NAME },
        properties: {
          exclude: { type: 'array', items: { type: 'object' }, description: 'Combinations to leave out.' },
        },
        additionalProperties: { type: 'array', minItems: 1 },
        description: 'Each combination is a case of its own.',
        examples: [{ backend: ['list', 'stream'], workers: [1, 4] }],
      }),
    ),
    queues: Type.Optional(
      Type.Unsafe<unknown>({ type: 'object', description: 'What every step that names the queue inherits.' }),
    ),
    keys: OneOf(['isolated', 'spread', 'literal'], {
      default: 'isolated',
      description: 'A namespace of the case with a hash tag, one without, or names as written.',
    }),
    owns: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'With `keys: literal`: the keys that the case makes.' }),
    ),
    server: OneOf(['shared', 'own'], {
      default: 'shared',
      description: '`own`: a managed server for this case alone.',
    }),
    timeout: Duration({ default: '60s', description: 'Of the whole case, on top of what its steps declare.' }),
    setup: Type.Optional(Steps('Before the steps.')),
    steps: Type.Unsafe<unknown>({
      type: 'array',
      minItems: 1,
      items: { $ref: '#/$defs/step' },
      description: 'What the case does and judges.',
    }),
    catch: Type.Optional(Steps('After a failure only: diagnostics, shown in the report.')),
    teardown: Type.Optional(Steps('Always run, also after a failure or a signal.')),
    always: Type.Optional(
      Type.Unsafe<unknown>({
        type: 'array',
        minItems: 1,
        items: { $ref: '#/$defs/invariant' },
        description: 'What must hold all the time while `steps` run: sampled beside them, on connections of its own.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A file that `include` names. */
export const fragmentSchema = Type.Object(
  {
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    vars: Type.Optional(
      Type.Unsafe<unknown>({ type: 'object', propertyNames: { pattern: NAME }, description: 'Defaults for `with`.' }),
    ),
    steps: Type.Unsafe<unknown>({ type: 'array', minItems: 1, items: { $ref: '#/$defs/step' } }),
  },
  { additionalProperties: false },
);
