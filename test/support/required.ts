/**
 * Whether tests that need it must not be skipped: `REDRILL_CI_REQUIRES=browser,docker,servers` in CI. On a user's
 * machine, what is not there is not tested.
 */
export const isRequired = (name: 'browser' | 'docker' | 'servers'): boolean =>
  (process.env.REDRILL_CI_REQUIRES ?? '').split(',').includes(name);
