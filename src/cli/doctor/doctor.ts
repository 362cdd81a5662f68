import { Interrupted, ScenarioError } from '../../errors.js';
import { createRedactor } from '../../redis/redact.js';
import { addressOf, displayAddress, parseRedisUrl, secretsOf, urlWithPassword } from '../../redis/url.js';
import { EXIT, printDiagnostics, wantsColor } from '../print.js';
import { readProject } from '../project.js';
import { builtinCatalog } from '../registry.js';
import { listenForEnd } from '../signals.js';
import { type ChosenTarget, chooseTarget, type TargetChoice } from '../target.js';
import { VERSION } from '../version.js';
import { climb } from './ladder.js';
import { Patient } from './patient.js';
import { renderReport } from './print.js';
import type { DoctorReport, NamedFinding } from './report.schema.js';

interface DoctorFlags {
  readonly url?: string;
  readonly json?: boolean;
}

/** Looks at a server from the name to the latency, and says what stands in the way. */
export async function doctor(named: string | undefined, flags: DoctorFlags): Promise<number> {
  const { project, diagnostics } = readProject(builtinCatalog(), process.cwd());
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  const chosen = chooseTarget(choiceOf(named, flags.url), project);
  using end = listenForEnd();
  try {
    const { report, redact } = await examine(chosen, end.signal);
    const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, wantsColor(process.stdout));
    process.stdout.write(redact(text));
    return report.exitCode;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  }
}

/** A name, a URL or neither. */
function choiceOf(named: string | undefined, url: string | undefined): TargetChoice {
  if (named !== undefined && url !== undefined)
    throw new ScenarioError(`${named.includes('://') ? 'a URL' : named} and --url both name a server`, {
      next: 'give one of them',
    });
  const given = url ?? (named?.includes('://') ? named : undefined);
  if (given !== undefined) return { url: given };
  return named === undefined ? {} : { target: named };
}

interface Examination {
  readonly report: DoctorReport;
  redact(text: string): string;
}

async function examine(chosen: ChosenTarget, signal: AbortSignal): Promise<Examination> {
  const { name, kind } = chosen;
  const begin = performance.now();
  // A server that is not ours is looked at as it is: to open it is to stop at the first thing that is wrong.
  const found = chosen.url === undefined ? await chosen.find?.(signal) : { ...chosen, url: chosen.url, secrets: [] };
  await using opened = found ? undefined : await chosen.open(signal);
  const { url, access = {}, secrets: ofTarget } = found ?? opened!; // one of the two
  const address = parseRedisUrl(await urlWithPassword({ url, access }));
  const patient = new Patient(address, access, opened?.ours ?? false);
  const rungs = await climb(patient, signal);
  const status = worstOf(rungs);
  const secrets = [...secretsOf(address), access.sentinel?.password ?? '', access.tls?.key ?? ''];
  const redactor = createRedactor([...secrets, ...ofTarget]);
  return {
    report: {
      version: 1,
      redrill: VERSION,
      target: {
        ...(name !== undefined && { name }),
        kind,
        address: opened?.address ?? displayAddress(addressOf({ url, access })),
      },
      status,
      exitCode: status === 'failed' ? EXIT.errored : EXIT.passed,
      durationMs: Math.round(performance.now() - begin),
      rungs,
    },
    redact: (text) => redactor.text(text),
  };
}

const worstOf = (rungs: readonly NamedFinding[]): DoctorReport['status'] =>
  (['failed', 'warning'] as const).find((status) => rungs.some((rung) => rung.status === status)) ?? 'ok';
