import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TargetError } from '../../errors.js';
import { isMap } from '../../format/value.js';
import type { ElastiCacheConfig, EndpointName } from './config.js';
import { type Cache, cacheName, type Place } from './endpoint.js';

const ADDRESSES: Readonly<Record<string, EndpointName>> = {
  configuration_endpoint_address: 'configuration',
  primary_endpoint_address: 'primary',
  reader_endpoint_address: 'reader',
};
// The longer name first: the other is its end.
const SERVERLESS: Readonly<Record<string, EndpointName>> = { reader_endpoint: 'reader', endpoint: 'primary' };
const NEXT = 'write it by: terraform output -json > FILE';

/** Reads what `terraform output -json` wrote. Raises a TargetError that says which outputs were looked for. */
export function readTerraform(file: string, config: ElastiCacheConfig): Cache {
  let outputs: unknown;
  try {
    outputs = JSON.parse(readFileSync(path.resolve(file), 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is no JSON' : cause instanceof Error ? cause.message : String(cause);
    throw new TargetError(`the Terraform outputs in ${file} cannot be read: ${why}`, { next: NEXT, cause });
  }
  const cache = cacheOf(outputs, config);
  if (Object.keys(cache.endpoints).length > 0) return cache;
  const others = new Set(attributesIn(outputs).flatMap(({ owner }) => owner ?? []));
  if (others.size > 0) {
    throw new TargetError(`${file} holds no endpoint of the ${cacheName(config)}, but of ${[...others].join(', ')}`, {
      next: 'correct the id, or add an output of that cache',
    });
  }
  const wanted =
    config.serverlessCache === undefined
      ? Object.keys(ADDRESSES).join(', ')
      : 'endpoint and reader_endpoint, lists of { address, port }';
  throw new TargetError(`${file} holds no endpoint: looked for ${wanted}, as outputs or as attributes within one`, {
    next: `add an output, such as: output "cache" { value = ${resourceOf(config)} }; then ${NEXT}`,
  });
}

const resourceOf = ({ serverlessCache }: ElastiCacheConfig): string =>
  serverlessCache === undefined
    ? 'aws_elasticache_replication_group.NAME.primary_endpoint_address'
    : 'aws_elasticache_serverless_cache.NAME.endpoint';

/** Outputs of that name, and attributes of whole resources. Several different ones are no answer. */
export function cacheOf(outputs: unknown, config: ElastiCacheConfig): Cache {
  const attributes = withId(attributesIn(named(outputs, config)), config);
  if (config.serverlessCache !== undefined) return { endpoints: collect(attributes, SERVERLESS, placeOf), tls: true };
  const last = (wanted: string): unknown => attributes.findLast(({ name }) => name === wanted)?.value;
  const port = portOf(last('port')) ?? 6379;
  const endpoints = collect(attributes, ADDRESSES, (value) =>
    typeof value === 'string' && value !== '' ? { host: value, port } : undefined,
  );
  return { endpoints, tls: String(last('transit_encryption_enabled') ?? true) !== 'false' };
}

/** `terraform output -json NAME` writes the value alone. */
function named(outputs: unknown, { serverlessCache, endpoint = 'primary' }: ElastiCacheConfig): unknown {
  if (typeof outputs === 'string') return { [`${endpoint}_endpoint_address`]: outputs };
  const isPlace = serverlessCache !== undefined && placeOf(outputs) !== undefined;
  return isPlace ? { [endpoint === 'reader' ? 'reader_endpoint' : 'endpoint']: outputs } : outputs;
}

interface Attribute {
  readonly name: string;
  readonly value: unknown;
  /** Of the resource that it is one of. */
  readonly owner: string | undefined;
}

/** Also those in the `value` of outputs with other names: whole resources, maps, lists of them. */
function attributesIn(value: unknown, owner?: string): Attribute[] {
  if (Array.isArray(value)) return value.flatMap((each) => attributesIn(each, owner));
  if (!isMap(value)) return [];
  const id = value.replication_group_id ?? (placeOf(value.endpoint) ? value.name : undefined);
  const here = typeof id === 'string' ? id : owner;
  return Object.entries(value).flatMap(([name, given]) => {
    const inner = isOutput(given) ? given.value : given;
    return [{ name, value: inner, owner: here }, ...attributesIn(inner, here)];
  });
}

const isOutput = (value: unknown): value is { readonly value: unknown } =>
  isMap(value) && 'value' in value && 'sensitive' in value;

/** Of several caches' resources, those of ours. */
function withId(attributes: readonly Attribute[], config: ElastiCacheConfig): readonly Attribute[] {
  const id = config.replicationGroup ?? config.serverlessCache;
  return attributes.filter(({ owner }) => owner === undefined || owner === id);
}

function collect(
  attributes: readonly Attribute[],
  names: Readonly<Record<string, EndpointName>>,
  read: (value: unknown) => Place | undefined,
): Cache['endpoints'] {
  const found: Partial<Record<EndpointName, Place>> = {};
  for (const { name, value } of attributes) {
    // Outputs often say before it which cache they are of: `orders_primary_endpoint_address`.
    const [, kind] = Object.entries(names).find(([known]) => name === known || name.endsWith(`_${known}`)) ?? [];
    const place = read(value);
    if (!kind || !place) continue;
    const known = found[kind];
    if (known && known.host !== place.host) {
      throw new TargetError(`the Terraform outputs name two caches by ${name}: ${known.host} and ${place.host}`, {
        next: 'write a file with the outputs of one of them alone',
      });
    }
    found[kind] = place;
  }
  return found;
}

/** A list of `{ address, port }`, or one. */
function placeOf(value: unknown): Place | undefined {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value]; // isArray says any[]
  if (!isMap(first) || typeof first.address !== 'string' || first.address === '') return undefined;
  const port = portOf(first.port);
  return port === undefined ? undefined : { host: first.address, port };
}

function portOf(value: unknown): number | undefined {
  const port = Number(value ?? Number.NaN);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
