import { plural } from '../../../format/text.js';
import { html, type Markup } from '../markup.js';
import type { CaseFacts } from '../model.js';

/** Where a case stands, what it was given, and how to run it again. */
export function renderFacts(facts: CaseFacts): Markup {
  const { place, matrix = [], judgements, namespaces = [] } = facts;
  const row = matrix.map(([axis, value]) => html`<span class="axis">${axis}=${value}</span> `);
  return html`<p class="facts-line"><span class="place">${place}</span>${row.length > 0 && html` <span>${row}</span>`}${judgements !== undefined && html` <span>${plural(judgements, 'judgement')}</span>`}${namespaces.map((namespace) => html` <span>namespace <code>${namespace}</code></span>`)}</p>
<p class="again"><code>${commandFor(facts)}</code></p>${
    asksPassword(facts) &&
    html`
<p class="note">Set REDIS_PASSWORD to the server's password, encoded as in a URL.</p>`
  }`;
}

/** What stands in a URL for its password. */
const HIDDEN = /\*\*\*(?=@)/;

const asksPassword = ({ server }: CaseFacts): boolean =>
  server !== undefined && 'url' in server && HIDDEN.test(server.url);

function commandFor({ name, file, server, seed }: CaseFacts): string {
  const words = ['redrill run', quote(file), '--grep', quote(`^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`)];
  if (server && 'url' in server) words.push('--url', server.url.split(HIDDEN).map(quote).join('"$REDIS_PASSWORD"'));
  else if (server) words.push('--target', quote(server.target));
  if (seed !== undefined) words.push('--seed', String(seed));
  return words.join(' ');
}

/** For a shell. */
const quote = (text: string): string => (/^[\w./@:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
