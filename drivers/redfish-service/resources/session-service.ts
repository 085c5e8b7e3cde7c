import { refusal } from '../errors.js';
import { collection, link, NO_CONTENT, ROOT, type Branch, type Given, type JsonObject } from '../exchange.js';
import type { Resource, ServiceAnswer } from '../exchange.js';
import { memberOf, onlyProperties } from '../given.js';
import type { Parts } from '../parts.js';
import { LONGEST_S, SHORTEST_S, type Session } from '../sessions.js';

const SERVICE = '/SessionService';
const SESSIONS = `${SERVICE}/Sessions`;

export function sessionResources(parts: Parts): readonly (readonly [string, Resource])[] {
  return [
    [`${ROOT}${SERVICE}`, { get: () => service(parts), patch: (given) => changeTimeout(parts, given) }],
    [`${ROOT}${SESSIONS}`, { get: () => sessions(parts), post: (given) => logIn(parts, given), isLogin: true }],
  ];
}

export function sessionBranch(parts: Parts): Branch {
  const path = new RegExp(`^${ROOT}${SESSIONS}/(\\d{1,9})$`);
  return (asked) => {
    const session = parts.sessions.get(path.exec(asked)?.[1] ?? '');
    if (session === null) return null;
    return {
      get: () => described(session),
      remove: () => {
        parts.sessions.end(session.id);
        return NO_CONTENT;
      },
    };
  };
}

function service({ sessions }: Parts): JsonObject {
  return {
    ...link(SERVICE),
    '@odata.type': '#SessionService.v1_1_9.SessionService',
    Id: 'SessionService',
    Name: 'Sessions',
    ServiceEnabled: true,
    Status: { State: 'Enabled', Health: 'OK' },
    SessionTimeout: sessions.timeout_s,
    Sessions: link(SESSIONS),
  };
}

function sessions(parts: Parts): JsonObject {
  const members = parts.sessions.all().map(({ id }) => id);
  return collection({ path: SESSIONS, schema: 'Session', name: 'Sessions', members });
}

function described({ id, user }: Session): JsonObject {
  return {
    ...link(`${SESSIONS}/${id}`),
    '@odata.type': '#Session.v1_7_1.Session',
    Id: id,
    Name: `Session of ${user}`,
    UserName: user,
    // Never told again, but the property is required (Session.v1_7_1).
    Password: null,
  };
}

async function changeTimeout({ sessions }: Parts, given: Given): Promise<ServiceAnswer> {
  const known = onlyProperties(given, ['SessionTimeout'], ['ServiceEnabled', 'Id', 'Name']);
  if (!known.ok) return known.refused;
  const wanted = memberOf(given, 'SessionTimeout');
  if (wanted === undefined) return NO_CONTENT;
  if (typeof wanted !== 'number') return refusal('PropertyValueTypeError', ['SessionTimeout'], '#/SessionTimeout');
  if (!Number.isInteger(wanted) || wanted < SHORTEST_S || wanted > LONGEST_S) {
    return refusal('PropertyValueNotInList', [String(wanted), 'SessionTimeout'], '#/SessionTimeout');
  }
  sessions.timeout_s = wanted;
  return NO_CONTENT;
}

/** @see DSP0266, section 13.3.4.4 */
async function logIn(parts: Parts, given: Given): Promise<ServiceAnswer> {
  const [user, password] = [memberOf(given, 'UserName'), memberOf(given, 'Password')];
  if (typeof user !== 'string') return refusal('PropertyMissing', ['UserName'], '#/UserName');
  if (typeof password !== 'string') return refusal('PropertyMissing', ['Password'], '#/Password');
  if (!(await parts.isAccount(user, password))) {
    parts.log.add('Session', 'Somebody could not log in.', 'warning');
    return refusal('ResourceAtUriUnauthorized');
  }
  const session = parts.sessions.open(user);
  if (session === null) return refusal('SessionLimitExceeded');
  return {
    status: 201,
    headers: { 'X-Auth-Token': session.token, Location: `${ROOT}${SESSIONS}/${session.id}` },
    body: described(session),
  };
}
