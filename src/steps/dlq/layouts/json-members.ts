/**
 * Replaces or adds members of a JSON object in its text, so that all others stay as they are, byte for byte: parsed
 * and written again, a large integer or an escape would change. Values are JSON too. The text must be an object.
 */
export function editMembers(json: string, changes: Readonly<Record<string, string>>): string {
  const spans = memberSpans(json);
  const edits = [...spans]
    .filter(([name]) => Object.hasOwn(changes, name))
    .map(([name, span]) => ({ ...span, text: changes[name]! }))
    .sort((one, other) => other.start - one.start);
  let edited = json;
  for (const { start, end, text } of edits) edited = edited.slice(0, start) + text + edited.slice(end);
  const added = Object.keys(changes).filter((name) => !spans.has(name));
  if (added.length === 0) return edited;
  const members = added.map((name) => `${JSON.stringify(name)}:${changes[name]}`).join(',');
  const close = edited.lastIndexOf('}');
  return `${edited.slice(0, close)}${spans.size > 0 ? ',' : ''}${members}${edited.slice(close)}`;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Where the value of each member of the outermost object lies. */
function memberSpans(json: string): Map<string, Span> {
  const spans = new Map<string, Span>();
  let depth = 0;
  let name: string | undefined;
  let start = 0;
  let end = 0;
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (depth === 1 && (token === ',' || token === '}') && name !== undefined) {
      spans.set(name, { start, end });
      name = undefined;
    } else if (depth === 1 && name === undefined && token.startsWith('"')) {
      name = JSON.parse(token) as string; // a string token
      start = 0;
    } else if (depth === 1 && name !== undefined && start === 0 && token !== ':') {
      start = index;
    }
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    end = index + token.length;
  }
  return spans;
}
