import path from 'node:path';
import type { CompiledStep, CompiledStepList } from '../contracts/case.js';
import type { CheckReport, CheckRequest } from '../contracts/checker.js';
import type { StepReference } from '../contracts/event.js';
import type { Locals, StepList } from '../contracts/fields.js';
import type { Connection } from '../contracts/redis.js';
import type { Actor, Random, RunStepsOptions, StepContext, StepDefinition, StepsOutcome } from '../contracts/step.js';
import type { Capability, ServerNode, Target } from '../contracts/target.js';
import { ReplyError, TargetError, TimeLimitError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import type { RecordedCheck } from '../history/recorder.js';
import { onAbort } from '../redis/listeners.js';
import { runChecks } from './check.js';
import { anySignal, Deadline } from './clock.js';
import { runList } from './list.js';
import type { StepScope } from './scope.js';
import type { CaseSession, Place } from './session.js';

/** How long a handler may take to end after it was told to, before the run goes on without it. */
const GRACE_MS = 1_000;

/** One run of a step's handler: its context, what it counted so far, and the actor that it left. */
export class StepHandle {
  actor: Actor | undefined;
  #snapshot: (() => unknown) | undefined;
  readonly #checks: RecordedCheck[] = [];

  constructor(
    private readonly step: CompiledStep,
    private readonly reference: StepReference,
    private readonly scope: StepScope,
    private readonly place: Place,
    private readonly session: CaseSession,
    private readonly random: Random,
  ) {}

  progress(): unknown {
    return this.#snapshot?.();
  }

  /** Raises a TimeLimitError when the limit strikes, also where the handler does not listen. */
  async run(definition: StepDefinition, input: unknown, limitMs: number, signal: AbortSignal): Promise<unknown> {
    const reason = () => new TimeLimitError(`${definition.name} took longer than ${formatDuration(limitMs)}`);
    const own = new Deadline(limitMs, reason, this.session.clock, signal);
    // A plugin's handler may raise before it gives a promise.
    const running = (async () => definition.run(input as never, this.#context(own.signal)))(); // validated by its schema
    const aborted = new Promise<never>((_, reject) => {
      const abandon = () => setTimeout(() => reject(own.signal.reason), GRACE_MS).unref();
      if (own.signal.aborted) abandon();
      else onAbort(own.signal, abandon);
    });
    try {
      return await Promise.race([running, aborted]);
    } catch (error) {
      throw error instanceof ReplyError ? this.session.namespace.reply(error) : error;
    } finally {
      running.catch(() => {}); // one that goes on after the race has nobody left to tell
      aborted.catch(() => {});
      // What it left running ends with the case, not with the step's time.
      if (this.actor) own.lift();
      else own[Symbol.dispose]();
    }
  }

  #context(signal: AbortSignal): StepContext {
    const { session, step, reference, random } = this;
    // A blocking command in the background must not hold up the steps that go on beside it.
    const ownConnection = step.background ? `background-${reference.key}` : undefined;
    return {
      signal,
      clock: session.clock,
      random,
      redis: this.place.redis ?? session.redis,
      rawConnection: (): Promise<Connection> => session.connections.named(step.connection ?? ownConnection),
      connections: session.connections,
      namespace: session.namespace,
      target: session.target,
      history: session.history.forStep(step.id ?? reference.key),
      stepName: step.id ?? reference.key,
      caseId: session.reference.id,
      folder: path.resolve(path.dirname(step.location.file)),
      env: this.scope.base.env,
      targetScope: this.scope.base.target,
      capability: (name) => nodesFor(name, session.target),
      caseState: (name, create) => session.state(name, create),
      reportProgress: (snapshot) => {
        this.#snapshot = snapshot;
      },
      keepRunning: (actor) => {
        this.actor = actor;
      },
      runSteps: (list, locals, options) => this.#runSteps(list, locals, options, signal),
      collect: async (id) => this.#keep(id, await session.running.collect(id)),
      actor: (id) => session.running.actor(id),
      stopActor: async (id) => this.#keep(id, await session.running.stop(id)),
      recorded: () => session.history.view(),
      check: (requests) => this.#check(requests, signal),
      noteFault: (label) => session.timeline?.fault(reference, label) ?? (() => {}),
      noteLoad: (load) => session.timeline?.load(reference, load),
      setVariables: (values) => this.scope.setVariables(values),
    };
  }

  async #check(requests: readonly CheckRequest[], signal: AbortSignal): Promise<readonly CheckReport[]> {
    const { session, reference } = this;
    const history = session.history.view();
    const reports = await runChecks(history, requests, session.loadCheckers, signal);
    const judged = this.place.section !== 'catch';
    const step = this.step.id ?? reference.key;
    this.#checks.push({ step, events: history.size, judged, requests, reports });
    session.history.checked(reference.key, this.#checks);
    return reports;
  }

  #keep(id: string, result: unknown): unknown {
    this.scope.setResult(id, result);
    return result;
  }

  async #runSteps(
    list: StepList,
    locals: Locals | undefined,
    options: RunStepsOptions | undefined,
    signal: AbortSignal,
  ): Promise<StepsOutcome> {
    const { steps, defaults } = list as unknown as CompiledStepList; // what the compiler makes of every list of steps
    const scope = options?.isolated
      ? this.scope.isolated({ ...defaults, ...options.isolated.vars })
      : this.scope.with(locals);
    const both = options?.signal ? anySignal([signal, options.signal]) : undefined;
    const place: Place = {
      section: this.place.section,
      prefix: `${this.reference.key}${options?.label ?? ''}.`,
      parent: this.reference.key,
      signal: both?.signal ?? signal,
    };
    try {
      return await runList(steps, scope, place, this.session);
    } finally {
      both?.[Symbol.dispose]();
    }
  }
}

function nodesFor(name: Capability, { kind, capabilities = [], nodes = [] }: Target): readonly ServerNode[] {
  if (capabilities.includes(name)) return nodes;
  throw new TargetError(`a target of the kind ${kind} cannot ${name}`, { next: 'run it on a managed target' });
}
