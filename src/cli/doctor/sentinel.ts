import { ReplyError } from '../../errors.js';
import { connectionTrouble } from './network.js';
import { type Finding, failed, ok, type Patient, warning } from './patient.js';
import type { Value } from './resp.js';
import { openSocket, secure, Wire, WireFailure } from './wire.js';

const ASK_MS = 1_200;

type Access = NonNullable<Patient['access']['sentinel']>;
type Answer = { readonly primary: { readonly host: string; readonly port: number } } | { readonly silent: string };

/** Where the Sentinels say that the primary is; the rungs above look there. */
export async function sentinel(patient: Patient): Promise<Finding> {
  const { sentinel: access } = patient.access;
  if (!access) return ok('not used');
  const answers = await Promise.all(access.nodes.map((node) => ask(patient, access, node)));
  const silent = answers.flatMap((answer) => ('silent' in answer ? [answer.silent] : []));
  const named = answers.flatMap((answer) => ('primary' in answer ? [answer.primary] : []));
  const [first] = named;
  if (!first)
    return failed(
      silent.join('; '),
      `no Sentinel tells where the primary "${access.primary}" is`,
      'correct the name of the primary or the addresses of the Sentinels (see SENTINEL MASTERS)',
    );
  const { username, password, db } = patient.address;
  patient.address = { kind: 'tcp', ...first, tls: patient.tls, username, password, db };
  const seen = `${access.primary} is at ${first.host}:${first.port}, say ${named.length} of ${access.nodes.length}`;
  if (named.some(({ host, port }) => host !== first.host || port !== first.port))
    return warning(seen, 'the Sentinels do not agree', 'see whether a failover is under way');
  return silent.length > 0
    ? warning(seen, silent.join('; '), 'bring them back: a failover needs a majority of them')
    : ok(seen);
}

async function ask(patient: Patient, access: Access, node: Access['nodes'][number]): Promise<Answer> {
  const name = `${node.host}:${node.port}`;
  let wire: Wire | undefined;
  try {
    const socket = await openSocket({ host: node.host, port: node.port }, patient.limit(ASK_MS));
    const { tls } = patient.access;
    wire = new Wire(patient.tls ? await secure(socket, node.host, tls, patient.limit(ASK_MS)) : socket);
    if (access.password !== undefined)
      await wire.call(['AUTH', access.username ?? 'default', access.password], patient.limit(ASK_MS));
    return primaryIn(
      await wire.call(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', access.primary], patient.limit(ASK_MS)),
      name,
    );
  } catch (error) {
    if (error instanceof ReplyError) return { silent: `${name} answered ${error.code} ${error.message}` };
    if (error instanceof WireFailure) return { silent: `${name} gave no answer` };
    const { seen } = connectionTrouble(error, patient.address);
    return { silent: `${name}: ${seen.split(': ').at(-1)}` };
  } finally {
    wire?.close();
  }
}

const primaryIn = (reply: Value, name: string): Answer =>
  Array.isArray(reply)
    ? { primary: { host: String(reply[0]), port: Number(reply[1]) } }
    : { silent: `${name} knows no such primary` };
