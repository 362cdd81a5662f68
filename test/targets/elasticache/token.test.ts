import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/redis/redact.js';
import { type Credentials, type Login, signToken, tokenPattern } from '../../../src/targets/elasticache/token.js';

const now = new Date('2026-09-01T12:34:56.789Z');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const login = { cache: 'orders', serverless: false, user: 'app', region: 'eu-west-1' };

test('a token is a presigned request without its scheme', () => {
  expect(signToken(login, credentials, now)).toBe(
    'orders/?Action=connect&User=app&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIDEXAMPLE%2F20260901%2Feu-west-1%2Felasticache%2Faws4_request&X-Amz-Date=20260901T123456Z' +
      '&X-Amz-Expires=900&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=66f9c65d9c332a1405ff697df58b6d7bafaf52beae42854585b39d903ca42a17',
  );
});

test('has the id in lower case', () => {
  expect(signToken({ ...login, cache: 'Orders' }, credentials, now)).toBe(signToken(login, credentials, now));
});

/** By the signer of the AWS SDK. */
async function signByAws({ cache, serverless, user, region }: Login, given: Credentials, at: Date): Promise<URL> {
  const { accessKeyId, secretAccessKey, sessionToken } = given;
  const signer = new SignatureV4({
    service: 'elasticache',
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
  });
  const host = cache.toLowerCase();
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: host,
      path: '/',
      headers: { host },
      query: { Action: 'connect', User: user, ...(serverless && { ResourceType: 'ServerlessCache' }) },
    },
    { expiresIn: 900, signingDate: at },
  );
  const url = new URL(`http://${host}/`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value));
  return url;
}

const text = (unit: fc.Arbitrary<string>, minLength = 1): fc.Arbitrary<string> =>
  fc.string({ unit, minLength, maxLength: 40 });
const LOGIN = fc.record({
  // No two hyphens in a row, and none at the end: AWS allows neither, and a URL takes `xn--` for Punycode.
  cache: fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}(?:-[A-Za-z0-9]{1,9}){0,2}$/),
  serverless: fc.boolean(),
  user: fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,38}$/), text(fc.constantFrom(..." !'()*+,/:=?@&%~_.aZ9é"))),
  region: fc.constantFrom('eu-west-1', 'us-gov-west-1', 'cn-north-1', 'ap-southeast-4'),
});
const CREDENTIALS = fc.record({
  accessKeyId: fc.stringMatching(/^A(?:KIA|SIA)[A-Z2-7]{16}$/),
  secretAccessKey: text(fc.constantFrom(...'abcXYZ019+/')),
  sessionToken: fc.option(text(fc.constantFrom(...'IQoJb3Jp/Z2lu+X2Vj=')), { nil: undefined }),
});
const TIME = fc.date({ min: new Date('2001-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const RUNS = { numRuns: 500 };

test('is signed as the AWS SDK signs', async () => {
  const property = fc.asyncProperty(LOGIN, CREDENTIALS, TIME, async (who, given, at) => {
    const ours = new URL(`http://${signToken(who, given, at)}`);
    const theirs = await signByAws(who, given, at);
    expect(ours.host).toBe(theirs.host);
    expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
  });
  await fc.assert(property, RUNS);
});

describe('no token of a login is shown', () => {
  test.each<[form: string, write: (token: string) => string]>([
    ['as it is', (token) => token],
    ['percent-encoded', encodeURIComponent],
    ['in base64', (token) => Buffer.from(token).toString('base64')],
    ['in a URL that others wrote', (token) => Object.assign(new URL('redis://host'), { password: token }).password],
  ])('%s', (_, write) => {
    const property = fc.property(LOGIN, CREDENTIALS, TIME, (who, given, at) => {
      const written = write(signToken(who, given, at));
      expect(createRedactor([tokenPattern(who)]).text(`AUTH "${written}", and`)).toBe('AUTH "***", and');
    });
    fc.assert(property, RUNS);
  });

  test('nor the end of one', () => {
    const [, end] = signToken(login, credentials, now).split('&X-Amz-SignedHeaders=');
    const { text: redact } = createRedactor([tokenPattern(login)]);
    expect(redact(`…${end}…`)).toBe('…host&***…');
    expect(redact(JSON.stringify({ end }).replaceAll('=', '\\u003d').replaceAll('&', '\\u0026'))).toBe(
      '{"end":"host\\u0026***"}',
    );
  });

  test('and of other texts nothing is hidden', () => {
    const { text: redact } = createRedactor([tokenPattern(login)]);
    const harmless = 'orders/?Action=connect, X-Amz-Signature and User=app';
    expect(redact(harmless)).toBe(harmless);
  });
});
