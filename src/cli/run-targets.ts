import type { RunTarget } from '../engine/run.js';
import { ScenarioError } from '../errors.js';
import { CONFIG_FILE, type Project } from './project.js';
import { chooseTarget, type TargetChoice } from './target.js';

/** The targets of a run, in the order given: all that the command line names, or the one of the configuration. */
export function chooseTargets(given: readonly TargetChoice[], all: boolean, project: Project): readonly RunTarget[] {
  const named = given.map((choice) => chooseTarget(choice, project));
  if (all && Object.keys(project.targets).length === 0) {
    throw new ScenarioError(`--matrix-targets: ${CONFIG_FILE} names no target`, {
      next: 'add them under `targets:`, or name some by --target',
    });
  }
  const others = all
    ? Object.keys(project.targets).filter((name) => !named.some((target) => target.name === name))
    : [];
  const chosen = [...named, ...others.map((target) => chooseTarget({ target }, project))];
  if (chosen.length === 0) chosen.push(chooseTarget({}, project));
  const targets = chosen.map((target) => ({ ...target, name: target.name ?? target.address }));
  const twice = targets.find(({ name }, index) => targets.findIndex((other) => other.name === name) < index);
  if (!twice) return targets;
  throw new ScenarioError(`the target ${twice.name} is given twice`, {
    next: `leave one out; what differs in more than its name can have another under \`targets:\` in ${CONFIG_FILE}`,
  });
}
