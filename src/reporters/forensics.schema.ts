import { Nullable, Type } from '../contracts/fields.js';
import { List, record, Text } from './schema-parts.js';

const Count = (description: string) => Type.Integer({ minimum: 0, description });
const Milliseconds = (description: string) => Type.Number({ minimum: 0, description: `${description} Milliseconds.` });
const Fields = <T>(values: Record<string, unknown>, description: string) =>
  Type.Unsafe<Readonly<Record<string, T>>>({ type: 'object', additionalProperties: values, description });

const group = record({
  name: Type.String(),
  lag: Nullable(Count('Entries that it has not delivered yet; null where the server does not know.')),
  lastDelivered: Text('Id of the entry.'),
  pending: Count('Entries that were delivered and not acknowledged.'),
  consumers: List(
    record({
      name: Type.String(),
      pending: Count('Entries that it has not acknowledged.'),
      idleMs: Milliseconds('Since it last asked.'),
    }),
  ),
  oldest: List(
    record(
      {
        id: Type.String(),
        consumer: Type.String(),
        idleMs: Milliseconds('Since it was delivered last.'),
        deliveries: Count('How often.'),
      },
      'A pending entry; those that are idle longest.',
    ),
  ),
});

const key = record({
  key: Text('Without the namespace; `base64:…` where it is no text.'),
  type: Text('As TYPE says: `string`, `list`, `stream` and others.'),
  length: Nullable(Count('Entries, or bytes of a string; null where the server does not tell.')),
  ttlMs: Nullable(Milliseconds('Until it expires; null where it never does.')),
  bytes: Nullable(Count('MEMORY USAGE.')),
  first: List(Type.Unknown({ description: 'An entry as a typed reply; of a hash and a sorted set a pair.' })),
  last: List(Type.Unknown({ description: 'One that is not among the first.' })),
  groups: Type.Optional(List(group)),
});

export const forensics = record(
  {
    keys: List(key),
    moreKeys: Nullable(Count('Keys beside those; null where nobody counted to the end.')),
    clients: List(Fields<string>({ type: 'string' }, 'Fields of CLIENT LIST, of a connection of the case.')),
    slow: List(
      record(
        {
          command: Type.String(),
          ms: Milliseconds('How long it took.'),
          agoMs: Milliseconds('How long before.'),
        },
        'An entry of SLOWLOG since the case began.',
      ),
    ),
    server: List(
      record({
        node: Type.String(),
        now: Fields<string | number>({ type: ['string', 'number'] }, 'Fields of INFO.'),
        grew: Fields<number>({ type: 'number' }, 'By how much fields of INFO grew since the run began on this server.'),
      }),
    ),
    refused: List(Text('A command that was refused, or not answered in time.')),
  },
  'What the server knew of a case that did not pass, before its teardown.',
);
