import { expect, test } from 'vitest';
import type { Connection } from '../../../src/contracts/redis.js';
import { parseClients, parseInfo, readServerState } from '../../../src/steps/process/server-state.js';
import { openTestContext } from '../context.js';

const { signal } = new AbortController();

test('fields of INFO', () => {
  const text =
    '# Server\r\nredis_version:7.0.15\r\nprocess_id:1\r\n\r\n# Memory\r\nmem_fragmentation_ratio:1.25\r\n' +
    'executable:/usr/bin/a:b\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n';
  expect(parseInfo(text)).toEqual({
    redis_version: '7.0.15',
    process_id: 1,
    mem_fragmentation_ratio: 1.25,
    executable: '/usr/bin/a:b',
    db0: 'keys=1,expires=0,avg_ttl=0',
  });
});

test('clients of CLIENT LIST', () => {
  const text = 'id=3 addr=127.0.0.1:5 name=worker age=0 cmd=brpop\nid=4 addr=127.0.0.1:6 name= age=12 cmd=NULL\n';
  expect(parseClients(text)).toEqual([
    { id: 3, addr: '127.0.0.1:5', name: 'worker', age: 0, cmd: 'brpop' },
    { id: 4, addr: '127.0.0.1:6', name: '', age: 12, cmd: 'NULL' },
  ]);
});

test('what the server refuses is absent', async () => {
  await using opened = await openTestContext();
  const { redis, caseId, connections } = opened.context;
  const user = `user-${caseId}`;
  await redis.call(['ACL', 'SETUSER', user, 'on', 'nopass', '~*', '+@all', '-client|list']);
  try {
    const connection: Connection = await connections.dedicated('refused');
    await connection.call(['AUTH', user, 'any']);
    const state = await readServerState(connection, signal);
    expect(Object.keys(state)).toEqual(['info']);
    expect(state.info).toHaveProperty('connected_clients');
  } finally {
    await redis.call(['ACL', 'DELUSER', user]);
  }
});
