import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned, type SelfSigned } from '../../drivers/redfish-service/certificate.js';
import { wallNow } from '../../drivers/system-clock/wall.js';

/** As long as nobody keeps a rack up. */
const LIMIT_MS = 365 * 24 * 3_600_000;
/** One that ends sooner is no good for a rack that is just brought up. */
const LEAST_MS = 30 * 24 * 3_600_000;

export interface KeptCertificate {
  readonly tls: SelfSigned;
  /** The file that others are told to trust. */
  readonly file: string;
}

/** The key and the certificate that a BMC has made for itself: those in the folder for as long as they are good. */
export function keptCertificate(folder: string, name: string, hosts: readonly string[]): KeptCertificate {
  const file = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const { at } = wallNow();
  if (existsSync(file) && existsSync(keyFile)) {
    const tls: SelfSigned = { certificate: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    if (Date.parse(new X509Certificate(tls.certificate).validTo) > at + LEAST_MS) return { tls, file };
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tls = selfSigned(hosts, new Date(at), new Date(at + LIMIT_MS));
  writeFileSync(keyFile, tls.key, { mode: 0o600 });
  writeFileSync(file, tls.certificate);
  return { tls, file };
}
