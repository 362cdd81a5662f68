import type { StepContext } from '../../contracts/step.js';
import type { Program } from './program.js';

/** The programs of a case by the names of the steps that started them. */
export const programsOf = ({ caseState }: Pick<StepContext, 'caseState'>): Map<string, Program> =>
  caseState('process', () => new Map<string, Program>());
