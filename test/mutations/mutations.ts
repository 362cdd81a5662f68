import { areaMutations } from './areas.js';
import { backendMutations } from './backends.js';
import { checkerMutations } from './checkers.js';
import { historyMutations } from './histories.js';
import { loadMutations } from './loads.js';
import type { Mutation } from './mutation.js';
import { workMutations } from './work.js';

export const mutations: readonly Mutation[] = [
  ...backendMutations,
  ...workMutations,
  ...areaMutations,
  ...checkerMutations,
  ...historyMutations,
  ...loadMutations,
];
