import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { RedfishAccess, TlsTrust } from '../../core/site/hands.js';
import { redfishBmc, type RedfishBmc } from '../../drivers/redfish/bmc.js';
import type { RedfishConfig } from '../../drivers/redfish/config.js';
import type { ReadSecret } from '../../drivers/secrets/read-secret.js';

/** Where a service is, and what its certificate is held against. */
export interface RedfishPlace {
  readonly url: string;
  readonly tls: TlsTrust;
}

export interface RedfishHandsParts {
  readonly clock: Clock;
  readonly readSecret: ReadSecret;
  /** Where relative paths of the site file start. */
  readonly folder: string;
}

/**
 * The driver of a node's service, as the site file says it is reached.
 * @throws FaultError RDF-021, CFG-003 where a certificate cannot be read
 */
export function redfishOf(access: RedfishAccess, place: RedfishPlace, parts: RedfishHandsParts): RedfishBmc {
  const { clock, readSecret, folder } = parts;
  const { system, user } = access;
  const { settle_ms, offFor_ms: dwell_ms } = access.timing;
  // A secret that a command prints has its own bound; the caller's signal ends the call that needs it.
  const password = (): Promise<string> => readSecret(access.password, new AbortController().signal);
  const login = { url: place.url, system, user, password, tls: trustOf(place.tls, folder) };
  return redfishBmc({ ...login, timing: { settle_ms, dwell_ms } }, { clock });
}

function trustOf(tls: TlsTrust, folder: string): RedfishConfig['tls'] {
  if (tls.kind !== 'ca') return tls.kind;
  const file = resolve(folder, tls.file);
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}
