import type { Forensics, KeyState, ServerState } from '../../contracts/forensics.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, oneLine, plural } from '../../format/text.js';
import { cutText } from '../../format/value.js';
import type { Paint } from '../paint.js';

const KEYS = 4;
const GROUPS = 2;
const LONGEST_NAME = 40;

/** What a case left: its first keys, and what a server did that loses data. A file holds the rest. */
export function renderForensics({ keys, moreKeys, server }: Forensics, paint: Paint): string[] {
  const losses = server.flatMap(lossesOf);
  if (keys.length === 0 && losses.length === 0) return [];
  const names = keys.slice(0, KEYS).map(({ key }) => shortened(oneLine(key)));
  const width = Math.max(...names.map((name) => name.length), 0);
  const lines = keys.slice(0, KEYS).map((state, index) => {
    return `${names[index]!.padEnd(width)}  ${paint('gray', describeKey(state))}`;
  });
  const more = Math.max(0, keys.length - KEYS) + (moreKeys ?? 0);
  if (more > 0 || moreKeys === null) lines.push(paint('gray', more > 0 ? `… ${formatCount(more)} more` : '… more'));
  return [`    ${paint('gray', 'keys')}`, ...[...lines, ...losses].map((line) => `      ${line}`)];
}

const shortened = (name: string): string => (name.length > LONGEST_NAME ? `${cutText(name, LONGEST_NAME - 1)}…` : name);

/** `stream, 12 entries, expires in 59s, group work: 3 pending, lag 9` */
function describeKey({ type, length, ttlMs, groups = [] }: KeyState): string {
  const size = length === null ? [] : [type === 'string' ? plural(length, 'byte') : entries(length)];
  const life = ttlMs === null ? [] : [`expires in ${formatDuration(ttlMs)}`];
  const readers = groups.slice(0, GROUPS).map(({ name, pending, lag }) => {
    const left = lag === null ? '' : `, lag ${formatCount(lag)}`;
    return `group ${shortened(oneLine(name))}: ${formatCount(pending)} pending${left}`;
  });
  return [oneLine(type), ...size, ...life, ...readers].join(', ');
}

const entries = (count: number): string => (count === 1 ? '1 entry' : `${formatCount(count)} entries`);

function lossesOf({ node, grew }: ServerState): string[] {
  const said = [
    [grew.evicted_keys, 'key', 'evicted'],
    [grew.rejected_connections, 'connection', 'rejected'],
    [grew.client_output_buffer_limit_disconnections, 'slow client', 'disconnected'],
  ] as const;
  const losses = said.flatMap(([count, noun, verb]) => (count ? [`${plural(count, noun)} ${verb}`] : []));
  return losses.length === 0 ? [] : [`${oneLine(node)}: ${losses.join(', ')} since the run began`];
}
