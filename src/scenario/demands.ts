import type { Demand } from '../contracts/case.js';
import type { Argument } from '../contracts/redis.js';
import type { StepMetadata } from '../contracts/schema.js';
import { isMap } from '../format/value.js';
import { commandName, scriptCalls, textOf } from '../redis/commands.js';

/** An action that was compiled, and what its demands depend on. */
interface CompiledAction {
  readonly traits: StepMetadata;
  /** The step as it is written. */
  readonly step: object;
  /** What is certain of a field of the input: its value, or null where that shows when the case runs; undefined: absent. */
  field(name: string): unknown;
}

interface Sent {
  /** Null: it shows when the case runs. */
  readonly name: string | null;
  readonly demanded: boolean;
}

interface Mark {
  readonly sent: Sent[];
  readonly demands: number;
  readonly sends: number;
}

/** What a case cannot do without, as it is compiled. */
export class DemandList {
  readonly demands: Demand[] = [];
  /** Every command that it may send; null for what shows when it runs. */
  readonly sends: (string | null)[] = [];
  /** It acts on nodes, which others may be using. */
  actsOnNodes = false;
  /** Of the action that is being compiled. */
  #sent: Sent[] = [];

  /** The first words of a command; undefined is not known yet. */
  command([name, ...rest]: readonly (Argument | undefined)[]): void {
    const [second] = rest;
    const named = name === undefined ? undefined : commandName(name, second);
    this.#sent.push({ name: named ?? (name === undefined ? null : textOf(name).toUpperCase()), demanded: !!named });
    if (named === 'EVAL' || named === 'EVAL_RO') this.script(second === undefined ? undefined : textOf(second));
  }

  /** The text of a Lua script; undefined is not known yet. */
  script(lua: string | undefined): void {
    this.#sent.push({ name: 'EVALSHA', demanded: true }, { name: 'EVAL', demanded: true });
    if (lua === undefined) this.#sent.push({ name: null, demanded: false });
    for (const { name, raises } of scriptCalls(lua ?? '')) this.#sent.push({ name, demanded: raises });
  }

  /** What `requires` names. */
  require(demand: Demand): void {
    this.demands.push(demand);
  }

  begin(): Mark {
    const mark = { sent: this.#sent, demands: this.demands.length, sends: this.sends.length };
    this.#sent = [];
    return mark;
  }

  /** Whatever was found since the mark is of no account. */
  forget(mark: Mark): void {
    this.#sent = mark.sent;
    this.demands.length = mark.demands;
    this.sends.length = mark.sends;
  }

  end(mark: Mark, { traits, step, field }: CompiledAction): void {
    const { name: by, effect, flow, capabilities = [], commands } = traits;
    const own = this.#sent;
    this.#sent = mark.sent;
    for (const name of capabilities) this.demands.push({ kind: 'capability', name, by });
    if (capabilities.length > 0 || traits.wholeServer) this.actsOnNodes = true;
    for (const name of namesOf(commands, field)) {
      this.demands.push({ kind: 'command', name, by });
      // What its scripts do is known to a step that only looks.
      if (effect === 'changes' || !SCRIPTS.has(name)) this.sends.push(name);
    }
    if (commands === undefined && effect === 'changes' && !flow) this.sends.push(null);
    for (const { name, demanded } of own) {
      if (name !== null && demanded) this.demands.push({ kind: 'command', name, by });
      if (name === null || !SCRIPTS.has(name)) this.sends.push(name);
    }
    if (expectsError(step)) this.forget(mark);
    // It may never run, or may fail.
    else if ('if' in step || ('onError' in step && step.onError === 'ignore')) this.demands.length = mark.demands;
  }
}

const SCRIPTS = new Set(['EVAL', 'EVALSHA', 'EVAL_RO', 'EVALSHA_RO']);

function namesOf(commands: StepMetadata['commands'], field: CompiledAction['field']): string[] {
  return (commands ?? []).flatMap((each) => {
    if (typeof each === 'string') return [each];
    const value = field(each.field);
    const holds = each.equals === undefined ? value !== undefined : value === each.equals;
    return holds ? [...each.commands] : [];
  });
}

/** Codes of what a server says to a command that it refuses. */
const REFUSALS = new Set(['NOPERM', 'ERR', 'READONLY']);

/** A step that awaits a refusal is there to see it. */
function expectsError(step: object): boolean {
  const { expect, expectError } = step as { readonly expect?: unknown; readonly expectError?: unknown }; // as written
  if (!isMap(expectError)) return holdsError(expect);
  const { code } = expectError;
  return typeof code !== 'string' || code.includes('${{') || REFUSALS.has(code);
}

/** `expect: [OK, { error: { code: NOPERM } }]` */
const holdsError = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(holdsError)
    : isMap(value) && (Object.hasOwn(value, 'error') || Object.values(value).some(holdsError));
