import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import { addressOf, displayAddress, displayUrl, nodeAddress, parseRedisUrl, secretsOf } from '../../src/redis/url.js';

const nobody = { username: null, password: null, db: 0 };
const tcp = (host: string, more: object = {}) => ({ kind: 'tcp', host, port: 6379, tls: false, ...nobody, ...more });

const ACCEPTED: readonly (readonly [url: string, address: unknown, display: string])[] = [
  ['redis://localhost', tcp('localhost'), 'localhost:6379'],
  ['redis://localhost/', tcp('localhost'), 'localhost:6379'],
  ['  redis://localhost:6380/2\n', tcp('localhost', { port: 6380, db: 2 }), 'localhost:6380/2'],
  ['redis://localhost?db=3', tcp('localhost', { db: 3 }), 'localhost:6379/3'],
  ['REDIS://localhost', tcp('localhost'), 'localhost:6379'],
  ['valkey://cache_1.internal', tcp('cache_1.internal'), 'cache_1.internal:6379'],
  ['rediss://cache.example:6380', tcp('cache.example', { port: 6380, tls: true }), 'rediss://cache.example:6380'],
  ['valkeys://cache.example', tcp('cache.example', { tls: true }), 'rediss://cache.example:6379'],
  ['redis://:secret@host', tcp('host', { password: 'secret' }), 'host:6379'],
  ['redis://ada@host', tcp('host', { username: 'ada' }), 'host:6379'],
  ['redis://ada:p%40ss%3Aw%2Frd@host', tcp('host', { username: 'ada', password: 'p@ss:w/rd' }), 'host:6379'],
  ['redis://[::1]:6381/1', tcp('::1', { port: 6381, db: 1 }), '[::1]:6381/1'],
  ['unix:///run/redis.sock', { kind: 'unix', path: '/run/redis.sock', ...nobody }, 'unix:///run/redis.sock'],
  [
    'unix://ada:pw@/run/my%20redis.sock?db=1',
    { kind: 'unix', path: '/run/my redis.sock', username: 'ada', password: 'pw', db: 1 },
    'unix:///run/my redis.sock?db=1',
  ],
];

test.each(ACCEPTED)('%s', (url, address, display) => {
  const parsed = parseRedisUrl(url);
  expect(parsed).toEqual(address);
  expect(displayAddress(parsed)).toBe(display);
});

test.each([
  ['valkey://localhost', 'redis://localhost:6379'],
  ['valkeys://[::1]:6380/2', 'rediss://[::1]:6380/2'],
  ['redis://:p%40ss@host', 'redis://:***@host:6379'],
  ['redis://a%20da:p%40ss@host', 'redis://a%20da:***@host:6379'],
  ['redis://ada@bob:p@ss@host', 'redis://ada%40bob:***@host:6379'],
  ['redis://hunter2@host', 'redis://***@host:6379'],
  ['unix://ada:pw@/run/my%20redis.sock?db=1', 'unix://ada:***@/run/my%20redis.sock?db=1'],
])('%s is shown to be used again as %s', (url, shown) => {
  expect(displayUrl(parseRedisUrl(url))).toBe(shown);
});

describe('a URL that is none', () => {
  const REFUSED: readonly (readonly [url: string, message: string, hint?: string])[] = [
    ['localhost:6379', 'there is no scheme'],
    ['', 'there is no scheme'],
    ['http://localhost', 'the scheme http:// is unknown'],
    ['redis://', 'the host is missing'],
    ['redis:///0', 'the host is missing'],
    ['redis://:hunter2@', 'the host is missing'],
    ['redis://:hunter2@:6379', 'the host is missing'],
    [
      'redis://:hunter2@host:99999',
      'its host or port cannot be read',
      'percent-encode what is special in a user name or a password',
    ],
    [
      'redis://:hunter/2@host',
      'its host or port cannot be read',
      'percent-encode what is special in a user name or a password',
    ],
    ['redis://:hunter2@host:0', 'the port is 0'],
    ['redis://:hunter2@host/one', 'the database is not a number'],
    ['redis://:hunter2@host/-1', 'the database is not a number'],
    ['redis://:hunter2@host/1?db=2', 'it names the database twice'],
    ['redis://:hunter2@host?family=4', 'it holds a parameter other than db'],
    ['redis://host/0#hunter2', 'it holds a #', 'write a # in a password as %23'],
    ['redis://:hunter2%@host', 'its password holds a % that encodes nothing', 'write a % as %25'],
    ['unix://run/redis.sock', 'a socket needs its absolute path, so three slashes'],
    ['unix://:hunter2@', 'a socket needs its absolute path, so three slashes'],
  ];

  for (const [url, message, hint] of REFUSED) {
    test(url, () => {
      const error = catchError(() => parseRedisUrl(url));
      expect(error.message).toBe(`this is not the URL of a server: ${message}`);
      expect(error.details.next).toBe(
        `${hint ? `${hint}; ` : ''}accepted: redis://[user:password@]host[:port][/db], rediss:// for TLS (valkey:// and ` +
          'valkeys:// are the same), unix://[user:password@]/path/to/socket[?db=n]',
      );
      expect(`${error.message}${error.details.next}`).not.toContain('hunter');
    });
  }
});

test('behind Sentinels the primary is shown by its name, and their password is a secret too', () => {
  const nodes = [
    { host: '10.0.0.1', port: 26379 },
    { host: '::1', port: 26380 },
  ];
  const sentinel = { primary: 'orders', nodes, password: 'p@ss' };
  const address = addressOf({ url: 'redis://:word@ignored/2', access: { sentinel } });
  expect(displayAddress(address)).toBe('orders of Sentinel 10.0.0.1:26379, [::1]:26380');
  expect(secretsOf(address)).toEqual(['word', 'p@ss', 'p%40ss']);
});

describe('another node of the same server', () => {
  const tls = { ca: 'PEM' };
  const nodeAddresses = { '10.0.0.1:6379': 'localhost:7001', '10.0.0.2:6379': 'nowhere' };
  const address = addressOf({ url: 'rediss://ada:pw@host:1', access: { tls, nodeAddresses } });
  const node = (name: string) => nodeAddress(address, name);
  const common = { kind: 'tcp', tls: true, username: 'ada', password: 'pw', db: 0, access: { tls, nodeAddresses } };

  test('is reached by its name, or by what that is mapped to, as the same user', () => {
    expect(node('10.0.0.3:6380')).toEqual({ ...common, host: '10.0.0.3', port: 6380 });
    expect(node('[::1]:6380')).toEqual({ ...common, host: '::1', port: 6380 });
    expect(node('10.0.0.1:6379')).toEqual({ ...common, host: 'localhost', port: 7001 });
  });

  test('must be mapped to an address', () => {
    expect(() => node('10.0.0.2:6379')).toThrow('"nowhere" is no address of a node');
  });
});

test('secrets are the password as it is and as a URL holds it', () => {
  const secrets = (url: string) => secretsOf(parseRedisUrl(url));
  expect(secrets('redis://ada:p%40ss@host')).toEqual(['p@ss', 'p%40ss']);
  expect(secrets('redis://ada:pass@host')).toEqual(['pass']);
  expect(secrets('redis://ada@host')).toEqual([]);
});

function catchError(run: () => unknown): ScenarioError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('nothing was raised');
}
