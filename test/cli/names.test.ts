import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith, startRedrill } from '../support/redrill.js';

/** In a mount namespace of its own a process can have another resolv.conf; a name server needs port 53. */
const canHide = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
const SILENT = '127.0.0.97';

/** The system itself would ask for 30 s. */
const LONGEST_MS = 15_000;

test.skipIf(!canHide)(
  'a name server that says nothing holds nobody up',
  async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind({ address: SILENT, port: 53 }, resolve));
    onTestFinished(() => void silent.close());
    const cwd = folderWith({
      'a.yaml': 'name: a\nsteps: [{ command: PING, expect: PONG }]\n',
      'resolv.conf': `nameserver ${SILENT}\noptions timeout:15 attempts:2\n`,
      'hidden.sh': `mount --bind ${'$'}1 /etc/resolv.conf && shift && exec "${'$'}@"\n`,
    });
    const wrapper = ['unshare', '-m', 'sh', path.join(cwd, 'hidden.sh'), path.join(cwd, 'resolv.conf')];
    for (const args of [['run', 'a.yaml', '--url'], ['doctor']]) {
      const begin = performance.now();
      const url = 'redis://cache.example.com:6379';
      const { exitCode, stdout, stderr } = await startRedrill([...args, url], { cwd, wrapper }).finished;
      expect([exitCode, performance.now() - begin < LONGEST_MS]).toEqual([4, true]);
      if (args[0] === 'doctor') expect(stdout).toContain('the name server does not answer');
      else {
        expect(stderr).toBe(
          'redrill: cannot connect to cache.example.com:6379: DNS gave no answer for the name cache.example.com\n' +
            '  check the network, or the host\n',
        );
      }
    }
  },
  40_000,
);
