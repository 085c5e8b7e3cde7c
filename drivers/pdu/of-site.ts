import { FaultError } from '../../core/faults/fault.js';
import type { Pdu as SitePdu, SecretReference, SnmpLogin } from '../../core/site/hands.js';
import type { PduAccess, PduConfig, Secret } from './config.js';
import { genericModel } from './models/generic.js';
import type { PduModel } from './models/model.js';
import { PDU_MODEL } from './models/table.js';

/** How a secret of the site is asked for. */
export type SecretOf = (reference: SecretReference) => Secret;

/** The model of a site's PDU: one of ours, or what the site says of a generic one. */
export function modelOf({ model, control }: Pick<SitePdu, 'model' | 'control'>): PduModel {
  if (model !== 'generic') return PDU_MODEL[model];
  if (control === null) throw new Error('bug: the site has a generic PDU without its object identifiers');
  const { state, command, on, off, commandOn, commandOff } = control;
  return genericModel({
    state: bare(state),
    on,
    off,
    ...(command === null ? {} : { command: bare(command) }),
    ...(commandOn === null ? {} : { commandOn }),
    ...(commandOff === null ? {} : { commandOff }),
  });
}

/** Who we are to a site's PDU. */
export function accessOf(login: SnmpLogin, secretOf: SecretOf): PduAccess {
  if (login.version !== '3') return { version: login.version, community: secretOf(login.community) };
  const { user, auth, privacy } = login;
  return {
    version: '3',
    user,
    authentication: auth === null ? null : { protocol: auth.protocol, password: secretOf(auth.password) },
    privacy: privacy === null ? null : { protocol: privacy.protocol, password: secretOf(privacy.password) },
  };
}

/** @param place  where it is asked; else where the site says that it is */
export function configOf(
  pdu: SitePdu,
  secretOf: SecretOf,
  place?: { readonly address: string; readonly port: number },
): PduConfig {
  const address = place?.address ?? pdu.address;
  if (address === null) {
    // The emulated rack that it stands in is not up.
    const why = 'it has no address, and no rack that is up has it';
    throw new FaultError({ code: 'PDU-015', kind: 'pdu.unreachable', pdu: pdu.name, address: 'nowhere', why });
  }
  const banks = Object.fromEntries(
    [...pdu.banks].flatMap(([bank, outlets]) => outlets.map((outlet) => [outlet, bank] as const)),
  );
  return {
    name: pdu.name,
    model: modelOf(pdu),
    address,
    port: place?.port ?? pdu.port,
    access: accessOf(pdu.login, secretOf),
    ...(pdu.budget === null ? {} : { budget: pdu.budget }),
    banks,
    timing: { pause_ms: pdu.pause_ms },
  };
}

/** Object identifiers are often written with a dot before them; the library has none. */
function bare(oid: string): string {
  return oid.replace(/^\./, '');
}
