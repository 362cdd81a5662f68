import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What AWS answers to one request: a status and a body; undefined never answers. */
export type Answer = { readonly status: number; readonly body: string } | undefined;

export interface AwsDouble extends AsyncDisposable {
  /** For AWS_ENDPOINT_URL_ELASTICACHE. */
  readonly url: string;
  /** Each request's action and id, as the query protocol has them. */
  readonly asked: readonly string[];
}

/** The query API of ElastiCache on a local port: the same requests, replies of the same shape. */
export async function startAws(answer: (action: string, id: string) => Answer): Promise<AwsDouble> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const query = new URLSearchParams(await text(request));
    const action = query.get('Action') ?? '';
    const id = query.get('ReplicationGroupId') ?? query.get('ServerlessCacheName') ?? query.get('CacheClusterId') ?? '';
    asked.push(`${action} ${id}`);
    const found = answer(action, id);
    if (!found) return;
    response.writeHead(found.status, { 'content-type': 'text/xml', 'x-amzn-requestid': REQUEST });
    response.end(found.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const REQUEST = '3f0b4b1c-7f0a-4b9e-9c55-9a3e3b7a5d11';

/** An error of the query protocol. */
export const fault = (status: number, code: string, message: string, type = 'Sender'): Answer => ({
  status,
  body: `<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">
  <Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>${REQUEST}</RequestId>
</ErrorResponse>`,
});

const endpoint = (tag: string, host: string, port = 6379): string =>
  `<${tag}><Address>${host}</Address><Port>${port}</Port></${tag}>`;

function reply(action: string, content: string): Answer {
  const body = `<${action}Response xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">
  <${action}Result>${content}</${action}Result>
  <ResponseMetadata><RequestId>${REQUEST}</RequestId></ResponseMetadata>
</${action}Response>`;
  return { status: 200, body };
}

export interface GroupFacts {
  readonly id: string;
  /** Cluster mode is enabled. */
  readonly shards?: number;
  readonly status?: string;
  readonly tls?: boolean;
  readonly authToken?: boolean;
  readonly userGroups?: readonly string[];
  /** Where it is, if not where its name leads. */
  readonly at?: { readonly host: string; readonly port: number };
  readonly readerAt?: { readonly host: string; readonly port: number };
  /** It has none yet. */
  readonly withoutEndpoints?: boolean;
}

export function replicationGroups({ id, shards, at, readerAt = at, withoutEndpoints, ...facts }: GroupFacts): Answer {
  const { status = 'available', tls = true, authToken = false, userGroups = [] } = facts;
  const place = (kind: string, given = at): [string, number] => [
    given?.host ?? `${kind}.${id}.abc123.euw1.cache.amazonaws.com`,
    given?.port ?? 6379,
  ];
  const member = (name: string, role: string): string => `<NodeGroupMember>
      <CacheClusterId>${name}</CacheClusterId><CacheNodeId>0001</CacheNodeId>
      ${shards === undefined ? endpoint('ReadEndpoint', ...place(name)) : ''}
      <PreferredAvailabilityZone>eu-west-1a</PreferredAvailabilityZone>
      ${shards === undefined ? `<CurrentRole>${role}</CurrentRole>` : ''}
    </NodeGroupMember>`;
  const node = (index: number): string => `<NodeGroup>
      <NodeGroupId>000${index + 1}</NodeGroupId><Status>${status}</Status>
      ${
        shards === undefined && !withoutEndpoints
          ? endpoint('PrimaryEndpoint', ...place('master')) + endpoint('ReaderEndpoint', ...place('replica', readerAt))
          : `<Slots>${index * 5461}-${index * 5461 + 5460}</Slots>`
      }
      <NodeGroupMembers>${member(`${id}-000${index + 1}-001`, 'primary')}</NodeGroupMembers>
    </NodeGroup>`;
  return reply(
    'DescribeReplicationGroups',
    `<ReplicationGroups><ReplicationGroup>
    <ReplicationGroupId>${id}</ReplicationGroupId><Description>${id}</Description><Status>${status}</Status>
    <ClusterEnabled>${shards !== undefined}</ClusterEnabled><ClusterMode>${shards === undefined ? 'disabled' : 'enabled'}</ClusterMode>
    <AutomaticFailover>enabled</AutomaticFailover><MultiAZ>enabled</MultiAZ><PendingModifiedValues/>
    <MemberClusters><ClusterId>${id}-0001-001</ClusterId></MemberClusters>
    ${shards === undefined || withoutEndpoints ? '' : endpoint('ConfigurationEndpoint', ...place('clustercfg'))}
    <NodeGroups>${Array.from({ length: shards ?? 1 }, (_, index) => node(index)).join('')}</NodeGroups>
    <SnapshotRetentionLimit>0</SnapshotRetentionLimit><SnapshotWindow>03:00-04:00</SnapshotWindow>
    <CacheNodeType>cache.t4g.micro</CacheNodeType><Engine>valkey</Engine><DataTiering>disabled</DataTiering>
    <TransitEncryptionEnabled>${tls}</TransitEncryptionEnabled>${tls ? '<TransitEncryptionMode>required</TransitEncryptionMode>' : ''}
    <AtRestEncryptionEnabled>true</AtRestEncryptionEnabled><AuthTokenEnabled>${authToken}</AuthTokenEnabled>
    <UserGroupIds>${userGroups.map((name) => `<member>${name}</member>`).join('')}</UserGroupIds>
    <LogDeliveryConfigurations/><NetworkType>ipv4</NetworkType><IpDiscovery>ipv4</IpDiscovery>
    <ARN>arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:${id}</ARN>
  </ReplicationGroup></ReplicationGroups>`,
  );
}

export interface ServerlessFacts {
  readonly name: string;
  readonly status?: string;
  readonly userGroup?: string;
  readonly withoutEndpoints?: boolean;
}

export function serverlessCaches({ name, status = 'available', userGroup, withoutEndpoints }: ServerlessFacts): Answer {
  const host = `${name}-abc123.serverless.euw1.cache.amazonaws.com`;
  return reply(
    'DescribeServerlessCaches',
    `<ServerlessCaches><member>
    <ServerlessCacheName>${name}</ServerlessCacheName><Description> </Description><Status>${status}</Status>
    <CreateTime>2026-09-01T12:00:00.000Z</CreateTime><Engine>valkey</Engine>
    <MajorEngineVersion>8</MajorEngineVersion><FullEngineVersion>8.0</FullEngineVersion>
    ${withoutEndpoints ? '' : endpoint('Endpoint', host) + endpoint('ReaderEndpoint', host, 6380)}
    <SecurityGroupIds><SecurityGroupId>sg-0a1b2c3d4e5f67890</SecurityGroupId></SecurityGroupIds>
    <SubnetIds><SubnetId>subnet-0a1b2c3d</SubnetId><SubnetId>subnet-1a1b2c3d</SubnetId></SubnetIds>
    ${userGroup === undefined ? '' : `<UserGroupId>${userGroup}</UserGroupId>`}
    <ARN>arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:${name}</ARN>
  </member></ServerlessCaches>`,
  );
}

export interface ClusterFacts {
  readonly id: string;
  readonly engine?: string;
  readonly group?: string;
  readonly tls?: boolean;
}

/** A node of a replication group, or a cluster without one. */
export const cacheClusters = ({ id, engine = 'redis', group, tls = false }: ClusterFacts): Answer =>
  reply(
    'DescribeCacheClusters',
    `<CacheClusters><CacheCluster>
    <CacheClusterId>${id}</CacheClusterId><CacheClusterStatus>available</CacheClusterStatus>
    <CacheNodeType>cache.t4g.micro</CacheNodeType><Engine>${engine}</Engine><EngineVersion>7.1.0</EngineVersion>
    <NumCacheNodes>1</NumCacheNodes><PreferredAvailabilityZone>eu-west-1a</PreferredAvailabilityZone>
    ${group === undefined ? '' : `<ReplicationGroupId>${group}</ReplicationGroupId>`}
    <CacheNodes><CacheNode><CacheNodeId>0001</CacheNodeId><CacheNodeStatus>available</CacheNodeStatus>
      ${endpoint('Endpoint', `${id}.abc123.0001.euw1.cache.amazonaws.com`)}</CacheNode></CacheNodes>
    <TransitEncryptionEnabled>${tls}</TransitEncryptionEnabled><AuthTokenEnabled>false</AuthTokenEnabled>
  </CacheCluster></CacheClusters>`,
  );
