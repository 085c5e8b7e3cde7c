import { createHash, timingSafeEqual } from 'node:crypto';
import { refusal } from './errors.js';
import type { ServiceAnswer, ServiceRequest } from './exchange.js';
import type { Sessions } from './sessions.js';

export interface Account {
  readonly user: string;
  /** Asked for each time; it is kept nowhere. */
  readonly password: () => Promise<string>;
  /** Whom it takes: who has the password, or, as some BMCs of the field, everybody or nobody. */
  readonly takes: () => 'right' | 'any' | 'none';
}

/** Whether these are the credentials of the account. Takes the same time however much of them is right. */
export async function isAccount(account: Account, user: string, password: string): Promise<boolean> {
  const takes = account.takes();
  if (takes !== 'right') return takes === 'any';
  const isUser = isSame(user, account.user);
  const isPassword = isSame(password, await account.password());
  return isUser && isPassword;
}

/**
 * Null for a request that may pass, else the answer that turns it away. A token goes before Basic credentials.
 * @see DSP0266, section 13.3
 */
export async function turnedAway(
  request: ServiceRequest,
  account: Account,
  sessions: Sessions,
): Promise<ServiceAnswer | null> {
  const token = request.header('x-auth-token');
  if (token !== null) return sessions.use(token) === null ? unauthorized('NoValidSession') : null;
  const basic = basicCredentials(request.header('authorization'));
  if (basic === null) return unauthorized('NoValidSession');
  const passes = await isAccount(account, basic.user, basic.password);
  return passes ? null : unauthorized('ResourceAtUriUnauthorized');
}

function unauthorized(key: 'NoValidSession' | 'ResourceAtUriUnauthorized'): ServiceAnswer {
  return { ...refusal(key), headers: { 'WWW-Authenticate': 'Basic realm="redfish", charset="UTF-8"' } };
}

/** @see RFC 7617 */
function basicCredentials(header: string | null): { readonly user: string; readonly password: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
