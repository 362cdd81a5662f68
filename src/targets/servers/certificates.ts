import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as der from './der.js';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of this run's own, and what it has signed. */
export interface Certificates {
  readonly ca: string;
  readonly server: Certificate;
  readonly client: Certificate;
}

const HOUR_MS = 3_600_000;

// RFC 5280, RFC 5758
const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Makes certificates for servers on the loopback, valid for a day; node:crypto reads certificates, but writes none. */
export function makeCertificates(): Certificates {
  const authority = makeKeys();
  const ca = issue('Redrill CA', authority, authority, [
    extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true)), { critical: true }),
    keyUsage(0b0000_0110), // keyCertSign, cRLSign
  ]);
  const leaf = (name: string, usages: readonly string[], further: readonly Uint8Array[] = []): Certificate => {
    const keys = makeKeys();
    const cert = issue(name, keys, authority, [
      extension(BASIC_CONSTRAINTS, der.sequence(), { critical: true }),
      keyUsage(0b1000_0000), // digitalSignature
      extension(EXTENDED_KEY_USAGE, der.sequence(...usages.map(der.objectId))),
      extension(AUTHORITY_KEY_ID, der.sequence(der.implicit(0, keyId(authority)))),
      ...further,
    ]);
    return { cert, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  const names = der.sequence(
    der.implicit(2, Buffer.from('localhost')),
    der.implicit(7, Uint8Array.of(127, 0, 0, 1)),
    der.implicit(7, Uint8Array.of(...new Array<number>(15).fill(0), 1)),
  );
  return {
    ca,
    // A node is its peers' client too, on replication links and the cluster's bus.
    server: leaf('localhost', [SERVER_AUTH, CLIENT_AUTH], [extension(SUBJECT_ALT_NAME, names)]),
    client: leaf('redrill', [CLIENT_AUTH]),
  };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const makeKeys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicBytes = ({ publicKey }: Keys): Buffer => publicKey.export({ type: 'spki', format: 'der' });
const keyId = (keys: Keys): Uint8Array => createHash('sha1').update(publicBytes(keys)).digest();
const nameOf = (commonName: string): Uint8Array =>
  der.sequence(der.set(der.sequence(der.objectId(COMMON_NAME), der.text(commonName))));

function issue(subject: string, keys: Keys, issuer: Keys, extensions: readonly Uint8Array[]): string {
  const algorithm = der.sequence(der.objectId(ECDSA_WITH_SHA256));
  const now = Date.now();
  const signed = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))), // version 3
    der.integer(randomBytes(16)),
    algorithm,
    nameOf('Redrill CA'),
    der.sequence(der.time(new Date(now - HOUR_MS)), der.time(new Date(now + 24 * HOUR_MS))),
    nameOf(subject),
    publicBytes(keys),
    der.explicit(3, der.sequence(...extensions, extension(SUBJECT_KEY_ID, der.octets(keyId(keys))))),
  );
  const signature = sign('sha256', signed, issuer.privateKey);
  return pem(der.sequence(signed, algorithm, der.bits(signature)));
}

const extension = (id: string, value: Uint8Array, { critical = false } = {}): Uint8Array =>
  der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));

const keyUsage = (bits: number): Uint8Array =>
  extension(KEY_USAGE, der.bits(Uint8Array.of(bits), trailingZeros(bits)), { critical: true });

const trailingZeros = (bits: number): number => 31 - Math.clz32(bits & -bits);

const pem = (bytes: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?!$)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
