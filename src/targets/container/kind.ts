import type { TargetKind } from '../../contracts/target.js';
import { settle } from '../servers/settings.js';
import type { ContainerConfig } from './config.js';
import { parseShorthand } from './shorthand.js';

export const containerKind: TargetKind<ContainerConfig> = {
  name: 'container',
  texts: ['image'],
  shorthand: parseShorthand,
  check: (config, locate) => void settle(config, 'container', locate),
};
