import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Path } from '../contracts/result.js';
import { isMap } from '../format/value.js';
import type { SourceDocument } from '../scenario/source.js';

/** A credential that stands in the configuration as it is. */
interface Written {
  readonly path: Path;
  readonly what: string;
  readonly secret: string;
}

const NEXT =
  'write ${{ env.REDIS_PASSWORD }} in its place, add `env: [REDIS_PASSWORD]`, and set that variable where Redrill runs';

/** Configurations are committed: a credential comes from the environment alone. */
export const literalPasswords = (document: SourceDocument): readonly Diagnostic[] =>
  written(document.data).map(({ path, what }) => ({
    message: `${what} is written in the file`,
    frame: document.frame(path),
    next: NEXT,
  }));

/** No message may show what should not be in the file in the first place. */
export function withoutPasswords(diagnostics: readonly Diagnostic[], data: unknown): readonly Diagnostic[] {
  const secrets = written(data)
    .flatMap(({ secret }) => secret.split('\n'))
    .filter((line) => line.trim() !== '');
  // As long as what it hides, so that the caret stays in its place.
  const mask = (text: string): string =>
    secrets
      .reduce((masked, secret) => masked.replaceAll(secret, hidden(secret)), text)
      // Of a file that could not be read as YAML there is nothing but its text.
      .replaceAll(/(?<=:\/\/[^:/@\s]*:)[^@\s$]+(?=@)/g, hidden);
  return diagnostics.map(({ message, frame, next }) => ({
    message: mask(message),
    frame: { ...frame, lines: frame.lines.map(mask) },
    ...(next !== undefined && { next: mask(next) }),
  }));
}

const hidden = (secret: string): string => '*'.repeat(secret.length);

/** A mapping that a run cannot use is told by the schema; here it may be anything. */
function written(data: unknown): readonly Written[] {
  const targets = isMap(data) && isMap(data.targets) ? data.targets : {};
  return Object.entries(targets).flatMap(([name, target]): Written[] => {
    if (!isMap(target)) return [];
    const path = ['targets', name];
    const { url, sentinel, tls, elasticache } = target;
    const password = typeof url === 'string' ? passwordIn(url) : '';
    const ofSentinel = isMap(sentinel) ? literal(sentinel.password) : '';
    const key = isMap(tls) && typeof tls.key === 'string' && tls.key.includes('PRIVATE KEY') ? tls.key : '';
    const token = isMap(elasticache) ? literal(elasticache.token) : '';
    return [
      { path: [...path, 'elasticache', 'token'], what: `the token of "${name}"`, secret: token },
      { path: [...path, 'url'], what: `the password in the URL of "${name}"`, secret: password },
      {
        path: [...path, 'sentinel', 'password'],
        what: `the password for the Sentinels of "${name}"`,
        secret: ofSentinel,
      },
      { path: [...path, 'tls', 'key'], what: `the private key of "${name}"`, secret: key },
    ].filter(({ secret }) => secret !== '');
  });
}

/** What is left of a text when its expressions are taken out. */
const literal = (value: unknown): string =>
  value === undefined || value === null ? '' : String(value).replaceAll(/\$\{\{.*?\}\}/gs, '');

/** Also of a URL that cannot be parsed, for a password that nobody encoded. */
const passwordIn = (url: string): string => /^\s*[a-z]+:\/\/[^:/@]*:(.*)@/is.exec(literal(url))?.[1] ?? '';

const OF_URL = ['tls', 'sentinel', 'readFrom', 'nodeAddresses'];

/** What only a target with a URL has. */
export function misplacedKeys(document: SourceDocument): readonly Diagnostic[] {
  const targets = isMap(document.data) && isMap(document.data.targets) ? document.data.targets : {};
  return Object.entries(targets).flatMap(([name, target]) =>
    OF_URL.filter((key) => isMap(target) && key in target && !('url' in target)).map((key) => ({
      message: `"${key}" belongs to a target with a URL, and "${name}" has none`,
      frame: document.frame(['targets', name, key], 'key'),
      next: 'take it out, or give the target a `url:` instead',
    })),
  );
}
