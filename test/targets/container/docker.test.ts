import { expect, test } from 'vitest';
import { dockerError, type Problem } from '../../../src/targets/container/docker.js';

const problem = (code: string, message: string): Problem => ({ code, cause: new Error(message) });
const ABSENT = problem('ENOENT', 'connect ENOENT /var/run/docker.sock');

test.each<[string, string | undefined, Problem, boolean, string, string]>([
  [
    'not installed',
    undefined,
    ABSENT,
    false,
    'there is no Docker here to run containers',
    'install Docker (https://docs.docker.com/get-started/get-docker/), or name another one by DOCKER_HOST',
  ],
  [
    'installed, but not started',
    undefined,
    ABSENT,
    true,
    'Docker is installed, but its daemon does not answer at /var/run/docker.sock: connect ENOENT /var/run/docker.sock',
    'start it by `sudo systemctl start docker`, or start Docker Desktop; then try `docker version`',
  ],
  [
    'not for this user',
    undefined,
    problem('EACCES', 'connect EACCES /var/run/docker.sock'),
    true,
    'this user may not use Docker at /var/run/docker.sock: connect EACCES /var/run/docker.sock',
    'add the user to its group by `sudo usermod -aG docker $USER` and log in again, or use rootless Docker',
  ],
  [
    'somewhere else, where it is not',
    'tcp://docker:2375',
    problem('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:2375'),
    true,
    'no Docker answers at tcp://docker:2375 (DOCKER_HOST): connect ECONNREFUSED 10.0.0.1:2375',
    'start it, or correct DOCKER_HOST; try `docker version`',
  ],
  [
    'there, but silent',
    undefined,
    { code: 'SILENT' },
    true,
    'Docker at /var/run/docker.sock did not answer within 10s',
    'restart Docker, and try `docker version`',
  ],
])('Docker is %s', (_, named, found, installed, message, next) => {
  const error = dockerError(named, found, installed);
  expect([error.message, error.details.next]).toEqual([message, next]);
});
