import type { Forensics } from '../../contracts/forensics.js';
import type { Timeline } from '../../contracts/timeline.js';
import { anything, count, either, list, map, nullable, number, object, type Shape, text } from './shape.js';

type Series = Timeline['series'][number];
type Mark = Timeline['marks'][number];
type Life = Timeline['messages']['lives'][number];
/** A word that only the page's charts go by. */
const label = text as Shape<never>;

export const timeline = object<Timeline>(
  {
    bucketMs: number,
    buckets: count,
    series: list(object<Series>({ of: text, measure: label, unit: label, values: list(nullable(number)) }, {})),
    marks: list(object<Mark>({ kind: label, atMs: number, label: text }, { untilMs: number, step: text, count })),
    distributions: list(
      object<Timeline['distributions'][number]>(
        { of: text, count, buckets: list(list(number) as Shape<readonly [number, number]>) },
        {},
      ),
    ),
    messages: object<Timeline['messages']>(
      {
        total: count,
        lives: list(
          object<Life>(
            {
              id: text,
              of: text,
              findings: list(text),
              events: list(
                object<Life['events'][number]>(
                  {
                    atMs: number,
                    phase: label,
                    operation: label,
                    target: text,
                    actor: text,
                    attempt: number,
                    step: text,
                  },
                  { to: text, fault: text },
                ),
              ),
            },
            { body: text, omitted: count },
          ),
        ),
      },
      {},
    ),
  },
  {},
);

type Key = Forensics['keys'][number];
type Group = NonNullable<Key['groups']>[number];

const group = object<Group>(
  {
    name: text,
    lag: nullable(number),
    lastDelivered: text,
    pending: number,
    consumers: list(object<Group['consumers'][number]>({ name: text, pending: number, idleMs: number }, {})),
    oldest: list(object<Group['oldest'][number]>({ id: text, consumer: text, idleMs: number, deliveries: number }, {})),
  },
  {},
);

export const forensics = object<Forensics>(
  {
    keys: list(
      object<Key>(
        {
          key: text,
          type: text,
          length: nullable(number),
          ttlMs: nullable(number),
          bytes: nullable(number),
          first: list(anything),
          last: list(anything),
        },
        { groups: list(group) },
      ),
    ),
    moreKeys: nullable(number),
    clients: list(map(text)),
    slow: list(object<Forensics['slow'][number]>({ command: text, ms: number, agoMs: number }, {})),
    server: list(
      object<Forensics['server'][number]>({ node: text, now: map(either(text, number)), grew: map(number) }, {}),
    ),
    refused: list(text),
  },
  {},
);
