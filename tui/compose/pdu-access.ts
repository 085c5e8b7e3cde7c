import type { Pdu, SecretReference, SnmpLogin } from '../../core/site/hands.js';
import { assert } from '../../core/unreachable.js';
import type { PduAccess } from '../../drivers/pdu/config.js';
import { genericModel } from '../../drivers/pdu/models/generic.js';
import type { PduModel } from '../../drivers/pdu/models/model.js';
import { PDU_MODEL } from '../../drivers/pdu/models/table.js';

/** What speaks to it, as the site describes it. */
export function pduModel({ model, control }: Pdu): PduModel {
  if (model !== 'generic') return PDU_MODEL[model];
  const { state = '', command = null, on = 1, off = 0 } = control ?? {};
  return genericModel({ state, on, off, ...(command === null ? {} : { command }) });
}

/** Who we are to it; secrets are asked for when they are needed. */
export function pduAccess(login: SnmpLogin, secret: (reference: SecretReference) => () => Promise<string>): PduAccess {
  if (login.version !== '3') return { version: login.version, community: secret(login.community) };
  const { user, auth, privacy } = login;
  const authentication = auth === null ? null : { protocol: auth.protocol, password: secret(auth.password) };
  // Refused by the site's own checks, since OpenSSL 3 has it no more.
  assert(privacy?.protocol !== 'des', 'DES is not offered');
  const sealed = privacy === null ? null : { protocol: privacy.protocol, password: secret(privacy.password) };
  return { version: '3', user, authentication, privacy: sealed };
}
