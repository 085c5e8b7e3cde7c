import type { Pdu, SecretReference, SnmpLogin } from '../../core/site/hands.js';
import type { PduAccess } from '../../drivers/pdu/config.js';
import { genericModel } from '../../drivers/pdu/models/generic.js';
import type { PduModel } from '../../drivers/pdu/models/model.js';
import { PDU_MODEL } from '../../drivers/pdu/models/table.js';

/** The family that a site says, or the one that it describes. */
export function modelOf({ model, control }: Pdu): PduModel {
  if (model !== 'generic') return PDU_MODEL[model];
  const { state = '', command = null, on = 1, off = 0 } = control ?? {};
  return genericModel({ state, on, off, ...(command === null ? {} : { command }) });
}

/** How we log in to it; secrets are asked for when a request is made. */
export function accessOf(login: SnmpLogin, secret: (reference: SecretReference) => () => Promise<string>): PduAccess {
  if (login.version !== '3') return { version: login.version, community: secret(login.community) };
  const { user, auth, privacy } = login;
  const authentication = auth === null ? null : { protocol: auth.protocol, password: secret(auth.password) };
  const sealed = privacy === null ? null : { protocol: privacy.protocol, password: secret(privacy.password) };
  return { version: '3', user, authentication, privacy: sealed };
}
