import { stringify } from 'yaml';
import { ScenarioError } from '../../errors.js';
import { formatQuantity } from '../../format/quantity.js';
import { plural, printable } from '../../format/text.js';
import type { DeadQueue, Found } from '../../steps/dlq/layouts/layout.js';
import { EXIT } from '../print.js';
import type { QueueFlags } from './flags.js';
import { jsonLine, recordOf } from './record.js';
import { onServer, openDeadQueue, serverTime } from './server.js';
import { formatAge } from './table.js';

export const show = (name: string, id: string, flags: QueueFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const queue = await openDeadQueue(name, flags.backend, server);
    for await (const found of queue?.entries('newest') ?? []) {
      server.signal.throwIfAborted();
      if (found.letter.id !== id) continue;
      const now = await serverTime(server);
      process.stdout.write(flags.json ? jsonLine(recordOf(found)) : render(queue!, found, now));
      return EXIT.passed;
    }
    throw new ScenarioError(`there is no dead letter ${id} in ${name} at ${server.address}`, {
      next: `see \`redrill dlq peek ${name}\` for those that are there`,
    });
  });

function render({ key, layout }: DeadQueue, { letter, payload, details }: Found, now: number): string {
  const when = (time: number | null) =>
    time === null ? 'unknown' : `${new Date(time).toISOString()} (${formatAge(time, now)} ago)`;
  const { error } = letter;
  const rows: readonly (readonly [string, string])[] = [
    ['id', letter.id],
    ['lies in', `${key} (${layout})`],
    ['given up by', letter.originalQueue || 'unknown'],
    ['reason', letter.reason],
    ['error', error.class + (error.message && `: ${error.message}`)],
    ['attempts', `${letter.attempts}, in ${plural(letter.deliveries, 'delivery').replace('deliverys', 'deliveries')}`],
    ['enqueued', when(letter.firstEnqueuedAt)],
    ['first failed', when(letter.firstFailedAt)],
    ['last failed', when(letter.lastFailedAt)],
    ['consumer', letter.consumer || 'unknown'],
    ['redriven', plural(letter.redriveCount, 'time')],
  ];
  const head = rows.map(([title, text]) => `${title.padEnd(14)}${indentRest(text)}`).join('\n');
  const size = formatQuantity('size', Buffer.byteLength(payload));
  const body = typeof payload === 'string' ? payload : `base64 ${Buffer.from(payload).toString('base64')}`;
  const more = Object.keys(details).length === 0 ? '' : `\ndetails\n${indent(stringify(details).trimEnd())}\n`;
  return printable(`${head}\n\npayload (${size})\n${indent(body)}\n${more}`);
}

const indent = (text: string): string => text.replaceAll(/^/gm, '  ');
const indentRest = (text: string): string => text.trimEnd().replaceAll('\n', `\n${' '.repeat(14)}`);
