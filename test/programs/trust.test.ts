import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { trustOf } from '../../src/programs/trust.js';

test.each([
  ['no TLS', undefined],
  ['authorities that are known anyway', {}],
  ['any certificate', { verify: false }],
  ['half a certificate', { cert: 'cert' }],
])('%s needs no files', (_, tls) => {
  expect(trustOf(tls)).toBeUndefined();
});

test('an authority of the server', () => {
  const { env, files } = trustOf({ ca: 'authority\n' })!;
  expect(path.dirname(files.folder)).toBe(tmpdir());
  const file = (name: string) => path.join(files.folder, name);
  expect(env).toEqual({
    REDIS_TLS_CA: file('ca.crt'),
    NODE_EXTRA_CA_CERTS: file('ca.crt'),
    SSL_CERT_FILE: file('all.crt'),
  });
  expect(files.contents).toEqual({
    'ca.crt': 'authority\n',
    'all.crt': `authority\n${rootCertificates.join('\n')}\n`,
  });
});

test('a certificate of the client, in a folder of its own each time', () => {
  const { env, files } = trustOf({ cert: 'cert', key: 'key' })!;
  expect(files.contents).toEqual({ 'client.crt': 'cert', 'client.key': 'key' });
  expect(env).toEqual({
    REDIS_TLS_CERT: path.join(files.folder, 'client.crt'),
    REDIS_TLS_KEY: path.join(files.folder, 'client.key'),
  });
  expect(trustOf({ cert: 'cert', key: 'key' })!.files.folder).not.toBe(files.folder);
});
