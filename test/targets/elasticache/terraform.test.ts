import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TargetError } from '../../../src/errors.js';
import type { ElastiCacheConfig } from '../../../src/targets/elasticache/config.js';
import { cacheOf, readTerraform } from '../../../src/targets/elasticache/terraform.js';

const group: ElastiCacheConfig = { replicationGroup: 'orders', region: 'eu-west-1' };
const serverless: ElastiCacheConfig = { serverlessCache: 'orders', region: 'eu-west-1' };
const output = (value: unknown) => ({ sensitive: false, type: 'string', value });
const at = (host: string, port = 6379) => ({ host, port });

test.each<[what: string, ElastiCacheConfig, outputs: unknown, expected: unknown]>([
  [
    'outputs of the attributes’ names',
    group,
    {
      primary_endpoint_address: output('p.example'),
      reader_endpoint_address: output('r.example'),
      configuration_endpoint_address: output(null),
      port: output(6390),
      transit_encryption_enabled: output(false),
    },
    { endpoints: { primary: at('p.example', 6390), reader: at('r.example', 6390) }, tls: false },
  ],
  [
    'outputs that say whose they are',
    group,
    { orders_configuration_endpoint_address: output('c.example'), vpc: output('vpc-1') },
    { endpoints: { configuration: at('c.example') }, tls: true },
  ],
  [
    'whole resources, of several caches',
    group,
    {
      caches: output([
        { replication_group_id: 'orders', primary_endpoint_address: 'p.example', transit_encryption_enabled: true },
        { replication_group_id: 'others', primary_endpoint_address: 'x.example' },
      ]),
    },
    { endpoints: { primary: at('p.example') }, tls: true },
  ],
  ['one value, without a name', group, 'p.example', { endpoints: { primary: at('p.example') }, tls: true }],
  [
    'a serverless cache',
    serverless,
    {
      endpoint: output([{ address: 's.example', port: 6379 }]),
      cache_reader_endpoint: output([{ address: 's.example', port: 6380 }]),
    },
    { endpoints: { primary: at('s.example'), reader: at('s.example', 6380) }, tls: true },
  ],
  [
    'a serverless cache, without a name',
    { ...serverless, endpoint: 'reader' },
    [{ address: 's.example', port: 6380 }],
    { endpoints: { reader: at('s.example', 6380) }, tls: true },
  ],
  ['nothing of the kind', group, { vpc: output('vpc-1') }, { endpoints: {}, tls: true }],
])('%s', (_, config, outputs, expected) => {
  expect(cacheOf(outputs, config)).toEqual(expected);
});

const HOST = 'abc123.euw1.cache.amazonaws.com';
const EVENTS = 'events-abc123.serverless.euw1.cache.amazonaws.com';

/** As the provider of AWS has the resources, each an output as a whole. */
test.each<[config: Partial<ElastiCacheConfig>, expected: unknown]>([
  [
    { replicationGroup: 'orders' },
    { endpoints: { primary: at(`master.orders.${HOST}`), reader: at(`replica.orders.${HOST}`) }, tls: true },
  ],
  [{ replicationGroup: 'shards' }, { endpoints: { configuration: at(`clustercfg.shards.${HOST}`, 6390) }, tls: true }],
  [
    { replicationGroup: 'plain' },
    { endpoints: { primary: at(`master.plain.${HOST}`), reader: at(`replica.plain.${HOST}`) }, tls: false },
  ],
  [{ serverlessCache: 'events' }, { endpoints: { primary: at(EVENTS), reader: at(EVENTS, 6380) }, tls: true }],
  [{ replicationGroup: 'others' }, { endpoints: {}, tls: true }],
  [{ serverlessCache: 'others' }, { endpoints: {}, tls: true }],
])('%j of whole resources', (config, expected) => {
  const file = path.join(import.meta.dirname, 'terraform-output.json');
  expect(cacheOf(JSON.parse(readFileSync(file, 'utf8')), { region: 'eu-west-1', ...config })).toEqual(expected);
});

function errorOf(text: string, config: ElastiCacheConfig): unknown[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'redrill-terraform-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'out.json');
  writeFileSync(file, text);
  try {
    readTerraform(file, config);
  } catch (error) {
    if (error instanceof TargetError) return [error.message.replace(file, 'out.json'), error.details.next];
  }
  throw new Error('no TargetError');
}

test.each<[text: string, ElastiCacheConfig, message: string, next: string]>([
  [
    '{}',
    group,
    'out.json holds no endpoint: looked for configuration_endpoint_address, primary_endpoint_address, ' +
      'reader_endpoint_address, as outputs or as attributes within one',
    'add an output, such as: output "cache" { value = aws_elasticache_replication_group.NAME.primary_endpoint_address }; ' +
      'then write it by: terraform output -json > FILE',
  ],
  [
    '{}',
    serverless,
    'out.json holds no endpoint: looked for endpoint and reader_endpoint, lists of { address, port }, ' +
      'as outputs or as attributes within one',
    'add an output, such as: output "cache" { value = aws_elasticache_serverless_cache.NAME.endpoint }; ' +
      'then write it by: terraform output -json > FILE',
  ],
  [
    '{"a":{"replication_group_id":"a","port":6379},"b":[{"name":"b","endpoint":[{"address":"b.example","port":6379}]}]}',
    group,
    'out.json holds no endpoint of the replication group "orders" in eu-west-1, but of a, b',
    'correct the id, or add an output of that cache',
  ],
  [
    'cache = "x"',
    group,
    'the Terraform outputs in out.json cannot be read: it is no JSON',
    'write it by: terraform output -json > FILE',
  ],
  [
    '{"a_primary_endpoint_address":"a.example","b_primary_endpoint_address":"b.example"}',
    group,
    'the Terraform outputs name two caches by b_primary_endpoint_address: a.example and b.example',
    'write a file with the outputs of one of them alone',
  ],
])('%s', (text, config, message, next) => {
  expect(errorOf(text, config)).toEqual([message, next]);
});
