import type { Forensics, KeyState, ServerState } from '../../../contracts/forensics.js';
import { formatDuration, formatQuantity } from '../../../format/quantity.js';
import { formatCount, plural } from '../../../format/text.js';
import { formatEventValue } from '../../value.js';
import { type Content, html, type Markup } from '../markup.js';
import { renderFold } from './fold.js';
import { renderTable } from './table.js';

const VALUE = { maxLength: 300 };

/** What the server knew when the case had not passed. */
export function renderForensics({ keys, moreKeys, clients, slow, server, refused }: Forensics): Markup {
  const more = moreKeys === null ? 'more that were not counted' : moreKeys > 0 ? `${formatCount(moreKeys)} more` : '';
  const count = `${formatCount(keys.length)}${more === '' ? '' : ` and ${more}`}`;
  return renderFold({ kind: 'forensics', title: 'What the server knew', open: true }, [
    keys.length === 0 && more === ''
      ? html`<p class="muted">The case had no keys.</p>`
      : renderFold({ kind: 'keys', title: 'Keys', note: count, open: keys.length <= 8 }, keys.map(renderKey)),
    clients.length > 0 &&
      renderFold({ kind: 'clients', title: 'Clients', note: formatCount(clients.length) }, renderClients(clients)),
    slow.length > 0 &&
      renderFold({ kind: 'slow', title: 'Slow log', note: plural(slow.length, 'command') }, renderSlow(slow)),
    server.length > 0 &&
      renderFold(
        { kind: 'server', title: 'Server', note: server.map(headline).filter(Boolean).join('; ') },
        server.map(renderServer),
      ),
    refused.length > 0 &&
      html`<p class="muted">Left out, because the server refused it or did not answer in time: ${refused.join(', ')}.</p>`,
  ]);
}

function renderKey({ key, type, length, ttlMs, bytes, first, last, groups = [] }: KeyState): Markup {
  const unit = type === 'string' ? 'byte' : type === 'list' || type === 'stream' ? 'entry' : 'item';
  const size = unit === 'entry' && length !== 1 ? `${formatCount(length ?? 0)} entries` : plural(length ?? 0, unit);
  const facts = [
    ...(length === null ? [] : [size]),
    ttlMs === null ? 'never expires' : `expires in ${formatDuration(ttlMs)}`,
    ...(bytes === null ? [] : [`${formatQuantity('size', bytes)} in memory`]),
  ];
  const rows: [string, readonly unknown[]][] = [
    [type === 'string' ? 'value' : 'first', first],
    ['last', last],
  ];
  const entries = rows.filter(([, values]) => values.length > 0);
  return html`<details class="key"><summary><code class="id">${key}</code> <span class="type">${type}</span> <span class="muted">${facts.join(', ')}</span>${groups.map(
    ({ name, pending }) =>
      pending > 0 && html` <span class="finding">${formatCount(pending)} pending in ${name}</span>`,
  )}</summary><div class="inside">
<dl class="pairs">${entries.map(([label, values]) => html`<dt>${label}</dt>${values.map((value) => html`<dd><code>${formatEventValue(value, VALUE)}</code></dd>`)}`)}</dl>
${groups.map(renderGroup)}</div></details>`;
}

function renderGroup({
  name,
  lag,
  lastDelivered,
  pending,
  consumers,
  oldest,
}: NonNullable<KeyState['groups']>[number]): Markup {
  return html`<h5>Group ${name} <span class="note">${plural(pending, 'message')} pending, ${lag === null ? 'lag not known' : `lag ${formatCount(lag)}`}, last delivered ${lastDelivered}</span></h5>
${
  consumers.length > 0 &&
  renderTable(
    ['consumer', 'pending', 'idle'],
    consumers.map((consumer) => [consumer.name, formatCount(consumer.pending), formatDuration(consumer.idleMs)]),
    { caption: `Consumers of ${name}`, numbers: ['pending', 'idle'] },
  )
}${
  oldest.length > 0 &&
  renderTable(
    ['pending entry', 'consumer', 'idle', 'deliveries'],
    oldest.map(({ id, consumer, idleMs, deliveries }) => [
      id,
      consumer,
      formatDuration(idleMs),
      formatCount(deliveries),
    ]),
    { caption: `Pending entries of ${name}`, numbers: ['idle', 'deliveries'] },
  )
}`;
}

function renderClients(clients: Forensics['clients']): Markup {
  const fields = [...new Set(clients.flatMap((client) => Object.keys(client)))];
  const rows = clients.map((client) => fields.map((field) => client[field] ?? ''));
  return renderTable(fields, rows, { caption: 'Clients of the case' });
}

const renderSlow = (slow: Forensics['slow']): Markup =>
  renderTable(
    ['command', 'took', 'ago'],
    slow.map(({ command, ms, agoMs }): Content[] => [
      html`<code>${command}</code>`,
      formatDuration(ms),
      formatDuration(agoMs),
    ]),
    { caption: 'Slow log', numbers: ['took', 'ago'] },
  );

/** What grew is what tells: an eviction, a rejected connection. */
const headline = ({ grew }: ServerState): string =>
  Object.entries(grew)
    .filter(([, by]) => by > 0)
    .map(([name, by]) => `${name} +${formatCount(by)}`)
    .slice(0, 3)
    .join(', ');

function renderServer({ node, now, grew }: ServerState): Markup {
  const fields = [...new Set([...Object.keys(grew), ...Object.keys(now)])];
  const text = (value: string | number | undefined): string =>
    typeof value === 'number' && Number.isSafeInteger(value) ? formatCount(value) : String(value ?? '');
  const rows = fields.map((field) => {
    const by = grew[field];
    return [
      field,
      text(now[field]),
      by === undefined ? '' : by > 0 ? html`<strong>+${formatCount(by)}</strong>` : String(by),
    ];
  });
  return html`<h5>${node}</h5>${renderTable(['field', 'at the end', 'since the run began'], rows, {
    caption: `INFO of ${node}`,
    numbers: ['at the end', 'since the run began'],
  })}`;
}
