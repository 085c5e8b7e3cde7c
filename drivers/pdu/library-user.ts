import { AuthProtocols, PrivProtocols, SecurityLevel, type User } from 'net-snmp';
import type { PduAccess } from './config.js';

/** A user of version 3 as the library wants it. It holds the passwords: for one session, never for a message. */
export async function libraryUser(access: Extract<PduAccess, { version: '3' }>): Promise<User> {
  const { user: name, authentication, privacy } = access;
  if (authentication === null) return { name, level: SecurityLevel.noAuthNoPriv };
  const authenticated = {
    name,
    authProtocol: AuthProtocols[authentication.protocol],
    authKey: await authentication.password(),
  };
  if (privacy === null) return { ...authenticated, level: SecurityLevel.authNoPriv };
  return {
    ...authenticated,
    level: SecurityLevel.authPriv,
    privProtocol: PrivProtocols[privacy.protocol === 'aes256' ? 'aes256b' : privacy.protocol],
    privKey: await privacy.password(),
  };
}
