import { FaultError } from '../../core/faults/fault.js';
import type { RedfishConfig } from './config.js';
import { linkAt, parsedObject, type JsonObject } from './json.js';
import type { HttpAnswer } from './wire.js';

type Headers = Readonly<Record<string, string>>;

/** Posts without any login. */
export type PostOpen = (path: string, body: JsonObject) => Promise<HttpAnswer>;

export interface Session {
  readonly headers: Headers;
  /** What to delete when it is no longer needed; null for Basic, which leaves nothing behind. */
  readonly path: string | null;
}

/** Statuses with which services say that they have no sessions, or none to give: then each request is a login. */
const NO_SESSIONS: readonly number[] = [404, 405, 501, 503];

/**
 * Logs in. Sessions rather than Basic, since a BMC checks a password slowly (some in more than a second), and locks
 * accounts by it.
 *
 * @param root the service root, which is read without a login
 * @throws FaultError RDF-006
 * @see DSP0266, section 13.3.4
 */
export async function loggedIn(config: RedfishConfig, root: JsonObject, post: PostOpen): Promise<Session> {
  const { user, password } = config;
  const secret = await password();
  const path = linkAt(root, 'Links', 'Sessions') ?? '/redfish/v1/SessionService/Sessions';
  const answer = await post(path, { UserName: user, Password: secret });
  const token = answer.headers['x-auth-token'];
  if (answer.status < 300 && typeof token === 'string') {
    return { headers: { 'X-Auth-Token': token }, path: pathOf(answer) };
  }
  if (NO_SESSIONS.includes(answer.status)) return basic(user, secret);
  // iLO says 400 to a wrong password where others say 401 (HPE, iLO RESTful API: UnauthorizedLoginAttempt).
  const isWrong = [400, 401, 403].includes(answer.status);
  if (isWrong) throw new FaultError({ code: 'RDF-006', kind: 'redfish.badCredentials', bmc: config.url, user });
  return basic(user, secret);
}

function basic(user: string, secret: string): Session {
  return { headers: { Authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }, path: null };
}

/** `Location` is a path, or a whole URL; some put it into the body alone. */
function pathOf(answer: HttpAnswer): string | null {
  const { location } = answer.headers;
  if (location === undefined) return linkAt(parsedObject(answer.text));
  return URL.canParse(location, 'http://bmc') ? new URL(location, 'http://bmc').pathname : null;
}
