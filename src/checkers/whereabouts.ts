import { defineChecker, type Selection } from '../contracts/checker.js';
import { plural } from '../format/text.js';
import { Examples, selectorOf } from './selection.js';

export interface WhereaboutsOptions extends Selection {
  /** Also null: the program notes nowhere what it has done, so what is nowhere may be done or lost. */
  readonly completed: string | null;
  /** What it notes shows what was completed twice: a list and a stream do, a set and an acknowledgement do not. */
  readonly repeats: boolean;
  readonly guarantee: 'at-most-once' | 'at-least-once' | 'exactly-once-effect' | null;
}

const ATTEMPTED = 1;
const ACKNOWLEDGED = 2;
const UNKNOWN = 4;

export const whereabouts = defineChecker<WhereaboutsOptions>({
  name: 'whereabouts',
  summary: 'Tells where the messages of a queue are that another program works on.',
  definition: `By the pushes of the case and its last look at the queue alone, since nobody recorded what the program did.

- attempted, acknowledged, unknown: as in \`total-queue\`.
- queued, inFlight, deadLettered, completed: acknowledged or unknown messages that the look found waiting, in hand, in the
  dead-letter queue, or noted as done.
- gone = acknowledged − queued − inFlight − deadLettered − completed. lost = gone, where the program notes what it has
  done; otherwise nobody knows.
- unexpected: found though never attempted. duplicated: notes of a message beyond its first. recovered: found though the
  producer never learnt its outcome.

at-least-once: lost = unexpected = 0. at-most-once: duplicated = unexpected = 0. exactly-once-effect: all three.
\`unknown\`: nothing was acknowledged; the look was not complete, or the queue changed meanwhile; something is queued or in
flight; for what depends on lost, the program notes nothing and something is gone; for what depends on duplicated, it
notes nothing, or where a second time leaves no trace: in a set, a sorted set or a hash, or by acknowledgements alone.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const pushes = new Uint8Array(names.messages);
    const notes = new Uint32Array(names.messages);
    const places = new Map<'queued' | 'inFlight' | 'dead' | 'done', Uint8Array>();
    let looked = false;

    const forget = () => {
      looked = false;
      notes.fill(0);
      for (const place of ['queued', 'inFlight', 'dead', 'done'] as const) {
        places.set(place, new Uint8Array(names.messages));
      }
    };
    forget();

    return {
      see(event) {
        const { operation, phase, message } = event;
        // Of other looks at dead-letter queues in the case, nothing belongs here.
        if (operation === 'dead' ? event.target !== options.queue : roleOf(event) === null) return;
        if (operation === 'push' && message >= 0) {
          if (phase === 'invoke') pushes[message]! |= ATTEMPTED | UNKNOWN;
          if (phase === 'ok') pushes[message] = (pushes[message]! & ~UNKNOWN) | ACKNOWLEDGED;
          if (phase === 'fail') pushes[message]! &= ~UNKNOWN;
          looked = false;
        }
        if (operation === 'look') {
          if (phase === 'invoke') forget();
          else looked = phase === 'ok';
        }
        if (operation === 'queued' || operation === 'inFlight' || operation === 'dead' || operation === 'done') {
          places.get(operation)![message] = 1;
          if (operation === 'done') notes[message]!++;
        }
      },
      report() {
        const of = (kind: string): Examples => (kinds[kind] ??= new Examples(names));
        const kinds: Record<string, Examples> = {};
        const count = (kind: string) => kinds[kind]?.count ?? 0;
        const is = (place: 'queued' | 'inFlight' | 'dead' | 'done', message: number) =>
          places.get(place)![message] === 1;
        for (let message = 0; message < names.messages; message++) {
          const push = pushes[message]!;
          const found = [...places.keys()].filter((place) => is(place, message));
          if (push & ATTEMPTED) of('attempted').add(message);
          else if (found.length > 0) of('unexpected').add(message);
          if (push & ACKNOWLEDGED) of('acknowledged').add(message);
          if (push & UNKNOWN) of('unknown').add(message);
          if (push & UNKNOWN && found.length > 0) of('recovered').add(message);
          if (!(push & ATTEMPTED)) continue;
          if (is('done', message)) of('completed').add(message);
          if (is('dead', message)) of('deadLettered').add(message);
          if (is('inFlight', message)) of('inFlight').add(message);
          if (is('queued', message)) of('queued').add(message);
          if (push & ACKNOWLEDGED && found.length === 0) of('gone').add(message);
          if (notes[message]! > 1) of('duplicated').add(message);
        }

        const { guarantee, completed, repeats } = options;
        const noted = completed !== null;
        const wrong: string[] = [];
        const open: string[] = [];
        const naming = (kind: string) => `${of(kind).ids.join(', ')}${count(kind) > of(kind).ids.length ? ', …' : ''}`;
        const atLeastOnce = guarantee === 'at-least-once' || guarantee === 'exactly-once-effect';
        const atMostOnce = guarantee === 'at-most-once' || guarantee === 'exactly-once-effect';
        if (count('acknowledged') === 0) open.push('no message was acknowledged');
        if (!looked) open.push('the queue was at work while it was looked at');
        if (count('queued') + count('inFlight') > 0) {
          open.push(`the queue is not drained: ${count('queued')} queued, ${count('inFlight')} in flight`);
        }
        if (atLeastOnce && count('gone') > 0) {
          if (!noted)
            open.push(`${plural(count('gone'), 'message')} gone, and nothing tells whether the program completed them`);
          else if (looked) {
            wrong.push(
              `${count('gone')} of ${plural(count('acknowledged'), 'acknowledged message')} lost: ${naming('gone')}`,
            );
          }
        }
        if (atMostOnce && !noted) open.push('nothing tells how often the program completed a message');
        else if (atMostOnce && !repeats) open.push(`${completed} cannot show that a message was completed twice`);
        if (atMostOnce && count('duplicated') > 0) {
          wrong.push(`${plural(count('duplicated'), 'message')} completed more than once: ${naming('duplicated')}`);
        }
        if (guarantee && count('unexpected') > 0) {
          wrong.push(`${plural(count('unexpected'), 'message')} found that nobody pushed: ${naming('unexpected')}`);
        }
        const shown = ['gone', 'duplicated', 'unexpected', 'recovered', 'deadLettered', 'queued', 'inFlight'];
        const examples = Object.fromEntries(shown.flatMap((kind) => (kinds[kind] ? [[kind, kinds[kind].ids]] : [])));
        return {
          verdict: wrong.length > 0 ? 'failed' : open.length > 0 ? 'unknown' : 'passed',
          reasons: wrong.length > 0 ? wrong : open,
          counts: Object.fromEntries(Object.entries(kinds).map(([kind, { count }]) => [kind, count])),
          examples: { ...examples, ...(noted && kinds.gone && { lost: kinds.gone.ids }) },
        };
      },
    };
  },
});
