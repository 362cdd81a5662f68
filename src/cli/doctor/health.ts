import { ReplyError } from '../../errors.js';
import { type Finding, failed, ok, type Patient, unknown, warning } from './patient.js';
import type { Value } from './resp.js';
import { WireFailure } from './wire.js';

const refusedWith = (patient: Patient, code: string): boolean =>
  patient.write instanceof ReplyError && patient.write.code === code;

/** `1.5 GiB` */
function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1_024 ** power).toFixed(1))} ${units[power]}`;
}

const NEARLY_FULL = 0.9;

/** Whether memory is left, and whether the server throws messages away when it is not. */
export async function memory(patient: Patient): Promise<Finding> {
  const info = await patient.info();
  const used = Number(info.get('used_memory') ?? Number.NaN);
  const most = Number(info.get('maxmemory') ?? Number.NaN);
  const policy = info.get('maxmemory_policy') ?? (await patient.config('maxmemory-policy'));
  const share = most > 0 ? `${formatBytes(used)} of ${formatBytes(most)}` : `${formatBytes(used)}, no limit`;
  const seen = `${Number.isNaN(used) ? 'use not known' : share}, ${policy ?? 'policy not known'}`;
  const data = { used: orNull(used), maximum: orNull(most), policy: policy ?? null };
  const found = judgeMemory(patient, { seen, policy, share: most > 0 ? used / most : 0 });
  return { ...found, data };
}

const orNull = (figure: number): number | null => (Number.isNaN(figure) ? null : figure);

function judgeMemory(
  patient: Patient,
  { seen, policy, share }: { readonly seen: string; readonly policy: string | undefined; readonly share: number },
): Finding {
  const room = 'delete what is not needed, or raise maxmemory';
  if (refusedWith(patient, 'OOM'))
    return failed(
      seen,
      `it has reached its maxmemory and evicts nothing${policy === 'noeviction' ? '' : ' more'}: writes are refused (OOM)`,
      room,
    );
  if (policy === undefined) return unknown(seen, 'neither INFO nor CONFIG tells the policy');
  if (policy !== 'noeviction')
    return warning(
      seen,
      'when memory is short the server evicts keys, those of queues and streams among them',
      'use maxmemory-policy noeviction for queues; for a cache alone it is right',
    );
  return share >= NEARLY_FULL ? warning(seen, 'when it is full, writes are refused (OOM)', room) : ok(seen);
}

const EVENTS_ADVICE =
  'set notify-keyspace-events to KEx, by CONFIG SET or in the parameter group, if something waits for them';

/** Whether the server tells of keys that expire. */
export async function keyspaceEvents(patient: Patient): Promise<Finding> {
  const flags = await patient.config('notify-keyspace-events');
  if (flags !== undefined) {
    const tells = /[KE]/.test(flags) && /[Ax]/.test(flags);
    return tells
      ? ok(`${flags}: expired keys are told`)
      : warning(
          flags === '' ? 'none' : `${flags}: not of expired keys`,
          'nobody is told when a key expires',
          EVENTS_ADVICE,
        );
  }
  if (patient.write instanceof ReplyError) return unknown('not known', 'CONFIG is refused, and so are writes');
  const told = await tryExpiry(patient);
  if (told === undefined) return unknown('not known', 'CONFIG is refused, and they could not be tried');
  return told
    ? ok('expired keys are told (tried with a key of its own)')
    : warning('none came for a key of its own that expired', 'nobody is told when a key expires', EVENTS_ADVICE);
}

const EXPIRES_MS = 30;
const TOLD_MS = 700;

/** Lets a key of our own expire and listens. Undefined when the user may not do that. */
async function tryExpiry(patient: Patient): Promise<boolean | undefined> {
  const key = await expiringKeyName(patient);
  if (key === undefined) return undefined;
  try {
    const listener = await patient.another();
    try {
      const told = new Promise<true>((resolve) => {
        listener.onPush = (message: Value) => {
          if (Array.isArray(message) && message.includes(key)) resolve(true);
          if (Array.isArray(message) && message.includes('expired') && String(message[1]).endsWith(key)) resolve(true);
        };
      });
      const database = patient.address.db;
      const channels = [`__keyspace@${database}__:${key}`, `__keyevent@${database}__:expired`];
      await listener.call(['SUBSCRIBE', ...channels], patient.limit(TOLD_MS));
      await patient.call(['SET', key, 1, 'PX', EXPIRES_MS]);
      return await Promise.race([told, afterExpiry(patient, key)]);
    } finally {
      listener.close();
    }
  } catch (error) {
    if (error instanceof ReplyError || error instanceof WireFailure || (error instanceof Error && 'code' in error))
      return undefined;
    throw error;
  }
}

/** A key that this node of a cluster has. */
async function expiringKeyName(patient: Patient): Promise<string | undefined> {
  const mark = `${process.pid}-${performance.now().toString(36).replace('.', '')}`;
  const names = Array.from({ length: 48 }, (_, index) => `redrill:{doctor-${index}}:${mark}`);
  const replies = await patient.pipeline(names.map((name) => ['EXISTS', name]));
  return names.find((_, index) => replies[index] === 0);
}

/** A key expires at the latest when it is looked at; what is told of it comes right after. */
async function afterExpiry(patient: Patient, key: string): Promise<false> {
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const end = performance.now() + patient.limit(TOLD_MS);
  await pause(EXPIRES_MS);
  while (performance.now() < end && (await patient.call(['EXISTS', key])) !== 0) await pause(10);
  await pause(100);
  return false;
}

const LEAST_HARD = 8 * 1_024 ** 2;
const BUFFER_ADVICE = 'raise client-output-buffer-limit pubsub (the default is 32mb 8mb 60)';

/** How far a subscriber may fall behind before the server cuts it off. */
export async function pubsubBuffer(patient: Patient): Promise<Finding> {
  const limits = await patient.config('client-output-buffer-limit');
  const found = /pubsub (\d+) (\d+) (\d+)/.exec(limits ?? '');
  if (!found) return unknown('not known', 'CONFIG is refused', 'the default is 32 MiB, or 8 MiB for 60s');
  const [hard = 0, soft = 0, forSeconds = 0] = found.slice(1).map(Number);
  if (hard === 0 && soft === 0) return ok('no limit');
  const seen = `${formatBytes(hard)}, or ${formatBytes(soft)} for ${forSeconds}s`;
  const smallest = Math.min(...[hard, soft].filter((size) => size > 0));
  return smallest < LEAST_HARD
    ? warning(seen, 'a subscriber that falls this far behind is cut off, and loses messages', BUFFER_ADVICE)
    : ok(seen);
}

/** What a crash or a restart of the server loses. */
export async function persistence(patient: Patient): Promise<Finding> {
  const info = await patient.info();
  if (refusedWith(patient, 'MISCONF'))
    return failed(
      'MISCONF',
      'it cannot write its snapshots, and so refuses writes',
      'see the log of the server: the disk is full, or not writable',
    );
  const replicas = Number(info.get('connected_slaves') ?? 0);
  const kept = replicas > 0 ? `; ${replicas} replica${replicas === 1 ? '' : 's'}` : '';
  if (info.get('aof_enabled') === '1') {
    const fsync = await patient.config('appendfsync');
    const loss = {
      always: 'a crash loses nothing that was acknowledged',
      everysec: 'a crash loses a second',
      no: 'a crash loses what the system had not written',
    }[fsync ?? ''];
    const seen = `AOF, fsync ${fsync ?? 'not known'}${loss === undefined ? '' : `: ${loss}`}${kept}`;
    return info.get('aof_last_write_status') === 'err'
      ? failed(seen, 'its last write to the AOF failed', 'see the log of the server, and its disk')
      : ok(seen);
  }
  const save = info.has('aof_enabled') ? await patient.config('save') : undefined;
  if (save === undefined)
    return unknown(
      `${info.has('aof_enabled') ? 'no AOF' : 'not known'}${kept}`,
      'CONFIG is refused, so that snapshots are not known',
      'on ElastiCache replicas in other zones keep the data; MemoryDB keeps it in a log',
    );
  if (save !== '') {
    const seen = `snapshots alone (save ${save})${kept}`;
    return info.get('rdb_last_bgsave_status') === 'err'
      ? warning(seen, 'the last snapshot failed', 'see the log of the server, and its disk')
      : ok(`${seen}: a crash loses what came after the last`);
  }
  if (patient.ours) return ok('nothing is kept, as is meant for a server of a run');
  return warning(
    `neither AOF nor snapshots${kept}`,
    'a restart of the server loses every message',
    'use appendonly yes where queues must survive it',
  );
}
