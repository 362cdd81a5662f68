import { createHash, createHmac } from 'node:crypto';
import { literally } from '../../redis/redact.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Who logs in where. */
export interface Login {
  /** Id of the replication group, or name of the serverless cache. */
  readonly cache: string;
  readonly serverless: boolean;
  readonly user: string;
  readonly region: string;
}

const SERVICE = 'elasticache';
const VALID_SECONDS = 900;

/** The password of an IAM user, good for 15 minutes: a presigned URL (Signature Version 4) without its scheme. */
export function signToken(login: Login, credentials: Credentials, now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${login.region}/${SERVICE}/aws4_request`;
  const query = canonical({
    ...commonParameters(login),
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(VALID_SECONDS),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
  });
  const request = ['GET', '/', query, `host:${hostOf(login)}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = [day, login.region, SERVICE, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return `${hostOf(login)}/?${query}&X-Amz-Signature=${signature}`;
}

/** Finds every token of this login, whenever it was signed: they begin alike, in each form that a text may have them. */
export function tokenPattern(login: Login): RegExp {
  const beginning = `${hostOf(login)}/?${canonical(commonParameters(login))}&X-Amz-Credential=`;
  const forms = [beginning, encodeURIComponent(beginning), inUrl(beginning)].map(literally);
  // Three bytes are four characters: what follows changes the last ones.
  const base64 = literally(
    Buffer.from(beginning.slice(0, beginning.length - (beginning.length % 3))).toString('base64'),
  );
  const rest = String.raw`[\w%&=.~-]*`;
  // The end, of one that was cut or escaped in between.
  const signature = String.raw`X-Amz-Signature(?:=|%3D|\\u003d)[\da-f]{64}`;
  return new RegExp(`(?:${forms.join('|')})${rest}|${base64}[\\w+/]*=*|${signature}`);
}

function inUrl(text: string): string {
  const url = new URL('redis://host');
  url.password = text;
  return url.password;
}

const hostOf = ({ cache }: Login): string => cache.toLowerCase();

const commonParameters = ({ user, serverless }: Login): Record<string, string> => ({
  Action: 'connect',
  User: user,
  ...(serverless && { ResourceType: 'ServerlessCache' }),
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
});

/** Sorted by name, in the percent-encoding of RFC 3986, which is stricter than JavaScript's. */
const canonical = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
