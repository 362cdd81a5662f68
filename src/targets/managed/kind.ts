import type { TargetKind } from '../../contracts/target.js';
import { settle } from '../servers/settings.js';
import type { ManagedConfig } from './config.js';
import { parseShorthand } from './shorthand.js';

export const managedKind: TargetKind<ManagedConfig> = {
  name: 'managed',
  shorthand: parseShorthand,
  check: (config, locate) => void settle(config, 'managed', locate),
};
