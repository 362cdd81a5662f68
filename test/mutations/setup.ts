import type { TestProject } from 'vitest/node';

export default function setup(project: TestProject): void {
  project.provide('serverUrl', process.env.MUTATION_SERVER ?? '');
}
