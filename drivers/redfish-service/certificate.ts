import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

/** Tags of the few ASN.1 types that a certificate is made of (X.690). */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  sequence: 0x30,
  set: 0x31,
};
const UTC_TIME = 0x17;

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const KEY_IDENTIFIER = [0x55, 0x1d, 0x0e];
const ALTERNATIVE_NAME = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

export interface SelfSigned {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/**
 * A key and a certificate that it signed itself, as BMCs make them for themselves. Node makes keys but no certificates,
 * and these hundred lines spare every rack a call of openssl.
 *
 * @param hosts names and addresses that it is good for; the first is its common name
 * @param from, to when it is valid; years up to 2049
 * @see RFC 5280, section 4.1
 */
export function selfSigned(hosts: readonly string[], from: Date, to: Date): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(der(TAG.oid, ECDSA_WITH_SHA256));
  const name = distinguishedName(hosts[0] ?? 'bmc');
  const body = sequence(
    der(0xa0, der(TAG.integer, [2])),
    // At least 64 bits of chance; the first one clear, since the number has to be positive.
    der(TAG.integer, [0x40 | ((randomBytes(1)[0] ?? 0) & 0x3f), ...randomBytes(15)]),
    algorithm,
    name,
    sequence(utcTime(from), utcTime(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(hosts, publicKey),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, der(TAG.bits, [0, ...signature]));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: pem(certificate) };
}

function distinguishedName(text: string): Buffer {
  return sequence(der(TAG.set, sequence(der(TAG.oid, COMMON_NAME), der(TAG.text, Buffer.from(text)))));
}

/** It may vouch for itself, so that who trusts it needs nothing else. */
function extensions(hosts: readonly string[], publicKey: KeyObject): Buffer {
  const identifier = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  return der(
    0xa3,
    sequence(
      extension(BASIC_CONSTRAINTS, sequence(der(TAG.boolean, [0xff]))),
      extension(KEY_IDENTIFIER, der(TAG.octets, identifier)),
      extension(ALTERNATIVE_NAME, sequence(...hosts.map(alternativeName))),
    ),
  );
}

function extension(oid: readonly number[], value: Buffer): Buffer {
  return sequence(der(TAG.oid, oid), der(TAG.octets, value));
}

/** @see RFC 5280, section 4.2.1.6: dNSName is [2], iPAddress is [7] */
function alternativeName(host: string): Buffer {
  if (isIP(host) === 4) return der(0x87, host.split('.').map(Number));
  return isIP(host) === 6 ? der(0x87, ipv6Bytes(host)) : der(0x82, Buffer.from(host));
}

function ipv6Bytes(host: string): readonly number[] {
  const [head = '', tail] = host.split('::');
  const groups = (text: string): readonly string[] => text.split(':').filter((group) => group !== '');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all = [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
  return all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
}

function utcTime(date: Date): Buffer {
  return der(UTC_TIME, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

/** Tag, length, value. */
function der(tag: number, value: Uint8Array | readonly number[]): Buffer {
  const bytes = Buffer.from(value);
  const { length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), bytes]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
