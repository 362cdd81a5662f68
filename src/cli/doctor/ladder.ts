import { ReplyError } from '../../errors.js';
import { acl } from './acl.js';
import { cluster, engine, role } from './condition.js';
import { keyspaceEvents, memory, persistence, pubsubBuffer } from './health.js';
import { auth, protocol } from './login.js';
import { type Finding, failed, type Patient, unknown } from './patient.js';
import { dns, tcp, tls, url } from './reach.js';
import type { NamedFinding } from './report.schema.js';
import { sentinel } from './sentinel.js';
import { clock, latency } from './timing.js';
import { WireFailure } from './wire.js';

interface Rung {
  readonly name: string;
  /** Without it, what comes after cannot be looked at. */
  readonly carries: boolean;
  climb(patient: Patient): Finding | Promise<Finding>;
}

const rung = (name: string, climb: Rung['climb']): Rung => ({ name, climb, carries: false });
const carrying = (name: string, climb: Rung['climb']): Rung => ({ name, climb, carries: true });

/** From the bottom: each stands on those before it. */
const LADDER: readonly Rung[] = [
  carrying('URL', url),
  carrying('Sentinel', sentinel),
  carrying('DNS', dns),
  carrying('TCP', tcp),
  carrying('TLS', tls),
  carrying('protocol', protocol),
  carrying('AUTH', auth),
  rung('ACL', acl),
  rung('role', role),
  rung('engine', engine),
  rung('cluster', cluster),
  rung('memory', memory),
  rung('keyspace events', keyspaceEvents),
  rung('pub/sub buffer', pubsubBuffer),
  rung('persistence', persistence),
  rung('latency', latency),
  rung('clock', clock),
];

/** Climbs until a rung breaks; those above it are not reached. */
export async function climb(patient: Patient, signal: AbortSignal): Promise<readonly NamedFinding[]> {
  const found: NamedFinding[] = [];
  let broken: string | undefined;
  try {
    for (const { name, climb: look, carries } of LADDER) {
      if (name === 'Sentinel' && !patient.access.sentinel) continue;
      signal.throwIfAborted();
      const above = broken ?? (patient.outOfTime ? 'the time is up' : undefined);
      const finding = above === undefined ? await lookAt(look, patient) : unknown('not reached', above);
      found.push({ name, ...finding });
      // A connection that is lost takes all that comes after with it.
      if (finding.status === 'failed' && (carries || patient.wire?.isOver)) broken ??= `${name} failed`;
    }
    return found;
  } finally {
    patient.wire?.close();
    patient.socket?.destroy();
  }
}

async function lookAt(look: Rung['climb'], patient: Patient): Promise<Finding> {
  try {
    return await look(patient);
  } catch (error) {
    if (error instanceof ReplyError) return unknown('not known', `refused: ${error.code} ${error.message}`);
    if (!(error instanceof WireFailure)) throw error;
    const what = error.kind === 'silent' ? `no answer within ${error.seen}` : error.seen;
    return failed(what, 'the server stopped answering', 'see whether it hangs, restarts or drops its clients');
  }
}
