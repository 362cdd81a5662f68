import type { Static, TSchema } from 'typebox';
import { OneOf, Type } from '../../contracts/fields.js';

/** The schema of `redrill doctor --json`, and its types; only tests load it. */

const closed = { additionalProperties: false } as const;
const List = <T extends TSchema>(items: T) => Type.Unsafe<readonly Static<T>[]>(Type.Array(items));

export const rungSchema = Type.Object(
  {
    name: Type.String({ description: 'URL, DNS, TCP, TLS, …' }),
    status: OneOf(['ok', 'warning', 'failed', 'unknown'], { description: 'unknown: it could not be looked at.' }),
    seen: Type.String({ description: 'What was found.' }),
    cause: Type.Optional(Type.String({ description: 'What that means, or why it could not be looked at.' })),
    advice: Type.Optional(Type.String({ description: 'What to do about it.' })),
    data: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string | number | boolean | null>>>({
        type: 'object',
        description: 'Figures: times in milliseconds, sizes in bytes.',
      }),
    ),
  },
  closed,
);

export const doctorReportSchema = Type.Object(
  {
    version: Type.Literal(1),
    redrill: Type.String(),
    target: Type.Object(
      { name: Type.Optional(Type.String()), kind: Type.String(), address: Type.String() },
      { ...closed, description: 'Without credentials.' },
    ),
    status: OneOf(['ok', 'warning', 'failed'], { description: 'The worst of all.' }),
    exitCode: Type.Integer({ description: '0, or 4 when something failed.' }),
    durationMs: Type.Number(),
    rungs: List(rungSchema),
  },
  closed,
);

export type NamedFinding = Static<typeof rungSchema>;
export type DoctorReport = Static<typeof doctorReportSchema>;
