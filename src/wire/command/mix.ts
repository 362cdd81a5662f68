import { fractionAt } from './random.js';
import type { CommandTemplate } from './template.js';

/** The operations of a load: which command the operation of a number is. The same number gives the same operation. */
export interface Mix {
  readonly templates: readonly CommandTemplate[];
  /** Index into `templates`. */
  pick(operation: number): number;
}

export interface WeightedCommand {
  readonly template: CommandTemplate;
  readonly weight: number;
}

/** Draws commands by their weights. */
export function mixOf(commands: readonly WeightedCommand[], seed: number): Mix {
  const templates = commands.map(({ template }) => template);
  if (commands.length === 1) return { templates, pick: () => 0 };
  const total = commands.reduce((sum, { weight }) => sum + weight, 0);
  const shareUpTo = (index: number) =>
    commands.slice(0, index + 1).reduce((sum, { weight }) => sum + weight, 0) / total;
  const bounds = commands.map((_, index) => shareUpTo(index));
  return {
    templates,
    pick(operation) {
      const drawn = fractionAt(seed, MIX_STREAM, operation);
      let index = 0;
      while (index < bounds.length - 1 && drawn >= bounds[index]!) index++;
      return index;
    },
  };
}

/** Apart from the streams of holes, which count up from 0. */
const MIX_STREAM = -1;
