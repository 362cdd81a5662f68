import type { CompiledStep, Scope } from '../contracts/case.js';
import type { CaseReference, StepReference } from '../contracts/event.js';
import type { Frame } from '../contracts/result.js';
import type { Clock } from '../contracts/step.js';
import { createRedactor, type Redactor } from '../redis/redact.js';
import type { StepScope } from './scope.js';
import type { CaseSession } from './session.js';

/** Where a case stands, without secrets but in its input and its names. */
export interface StepStop {
  readonly case: CaseReference;
  readonly step: StepReference;
  readonly frame: Frame;
  /** What the step is given. Raises an ExpressionError or a ScenarioError. */
  input(): unknown;
  /** What its expressions see. */
  names(): Scope;
  /** Of the server and the environment. */
  readonly redactor: Redactor;
}

/** Somebody who looks at steps one by one; a case goes on when what it is given has resolved. */
export interface Debugger {
  /** Stands still meanwhile, so that no time limit counts it. */
  readonly clock: Clock;
  /** Before a step that is not skipped. */
  before(stop: StepStop): Promise<void>;
  /** After one that did not pass, while all is as it left it. */
  failed(stop: StepStop): Promise<void>;
}

/** It sees the same random numbers as the step itself, and takes none of them away. */
export function stopAt(
  step: CompiledStep,
  reference: StepReference,
  scope: StepScope,
  { reference: ofCase, random, target }: CaseSession,
): StepStop {
  const names = (): Scope => scope.names(random.derive(reference.key));
  const redactor = createRedactor([...target.secrets, ...Object.values(scope.base.env)]);
  return {
    case: ofCase,
    step: { ...reference, title: redactor.text(reference.title) },
    frame: redactor.value(step.frame()),
    input: () => step.input.resolve(names()),
    names,
    redactor,
  };
}
