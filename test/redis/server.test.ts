import { expect, inject, test } from 'vitest';
import { openConnection } from '../../src/redis/connection.js';
import { parseServerFacts, readServerFacts } from '../../src/redis/server.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

test('of a real server', async () => {
  await using connection = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'facts' });
  const facts = await readServerFacts(connection);
  expect(facts).toEqual({
    engine: facts.engine,
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    topology: 'standalone',
  });
});

const INFOS: readonly (readonly [name: string, info: string, facts: object])[] = [
  [
    'Redis',
    '# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\n# Cluster\r\ncluster_enabled:0\r\n',
    { engine: 'redis', version: '7.0.15', topology: 'standalone' },
  ],
  [
    'Valkey',
    'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n\n# Cluster\r\ncluster_enabled:0\r\n',
    { engine: 'valkey', version: '8.1.1', topology: 'standalone' },
  ],
  [
    'a cluster',
    'redis_version:7.2.4\r\nserver_name:valkey\r\n\n# Cluster\r\ncluster_enabled:1\r\n',
    { engine: 'valkey', version: '7.2.4', topology: 'cluster' },
  ],
  ['a cluster that shows little', 'redis_mode:cluster', { engine: 'redis', version: '0.0.0', topology: 'cluster' }],
];

test.each(INFOS)('of %s', (_, info, facts) => {
  expect(parseServerFacts(info)).toEqual(facts);
});

test('a server that refuses INFO', async () => {
  await using server = await startTestServer();
  const address = parseRedisUrl(server.url);
  await using admin = await openConnection(address, { name: 'admin' });
  await admin.call(['ACL', 'SETUSER', 'blind', 'on', '>pw', '+@all', '-info', '~*']);
  await using blind = await openConnection({ ...address, username: 'blind', password: 'pw' }, { name: 'blind' });
  await expect(blind.call(['INFO'])).rejects.toMatchObject({ code: 'NOPERM' });
  expect(await readServerFacts(blind)).toEqual(await readServerFacts(admin));
});
