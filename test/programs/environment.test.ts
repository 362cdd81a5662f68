import { afterEach, expect, test, vi } from 'vitest';
import { programEnvironment } from '../../src/programs/environment.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('passes on what a program needs, and nothing that is no business of it', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const env = programEnvironment();
  expect(env).toMatchObject({ PATH: process.env.PATH, TZ: 'Europe/Berlin', PYTHONUNBUFFERED: '1' });
  expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
});

test('gives the last word to what is added last', () => {
  expect(programEnvironment({ A: 'config', B: 'config' }, { A: 'step', PATH: '/bin' })).toMatchObject({
    A: 'step',
    B: 'config',
    PATH: '/bin',
  });
});
