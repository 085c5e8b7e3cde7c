import { createHash } from 'node:crypto';
import { turnedAway, type Account } from './authorize.js';
import { refusal } from './errors.js';
import type { Branch, JsonObject, Resource, ServiceAnswer, ServiceRequest } from './exchange.js';
import { parseGiven } from './given.js';
import type { Parts } from './parts.js';
import { chassisResources, sensorBranch } from './resources/chassis.js';
import { logBranch, logResources } from './resources/log-service.js';
import { MANAGER_RESET, managerResources } from './resources/bmc.js';
import { rootResources } from './resources/root.js';
import { sessionBranch, sessionResources } from './resources/session-service.js';
import { systemResources } from './resources/system.js';
import { taskBranch, taskResources } from './resources/task-service.js';
import { mediaResources } from './resources/virtual-media.js';

export type Answering = (request: ServiceRequest) => Promise<ServiceAnswer>;

/** How the service answers a request that it has read; what travels under it is not its business. */
export function answering(parts: Parts, account: Account): Answering {
  let wasReset = false;
  const fixed = new Map<string, Resource>([
    ...rootResources(parts),
    ...sessionResources(parts),
    ...taskResources(parts),
    ...systemResources(parts),
    ...chassisResources(parts),
    ...managerResources(parts, () => (wasReset = true)),
    ...mediaResources(parts),
    ...logResources(parts),
  ]);
  const branches: readonly Branch[] = [sessionBranch(parts), taskBranch(parts), sensorBranch(parts), logBranch(parts)];
  const find = (path: string): Resource | null =>
    fixed.get(path) ?? branches.map((branch) => branch(path)).find((found) => found !== null) ?? null;

  return async (request) => {
    parts.power.look();
    const { lacks, needsReset } = parts.lies();
    if (!needsReset) wasReset = false;
    if (needsReset && !wasReset && request.path !== MANAGER_RESET)
      return refusal('ServiceTemporarilyUnavailable', ['30']);
    const resource = lacks.some((name) => request.path.split('/').includes(name)) ? null : find(request.path);
    const mayPass = resource !== null && isOpen(resource, request.method);
    const away = mayPass ? null : await turnedAway(request, account, parts.sessions);
    if (away !== null) return away;
    if (resource === null) return refusal('ResourceMissingAtURI', [request.path]);
    return done(resource, request, parts);
  };
}

function isOpen(resource: Resource, method: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return (resource.isPublic === true && isRead) || (resource.isLogin === true && method === 'POST');
}

async function done(resource: Resource, request: ServiceRequest, parts: Parts): Promise<ServiceAnswer> {
  const version = request.header('odata-version');
  // DSP0266, section 7.1: a service that does not know the version has to say 412.
  if (version !== null && version !== '4.0') return refusal('PreconditionFailed');
  if (request.query.some((name) => name.startsWith('$') || name === 'only')) return refusal('QueryNotSupported');
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return read(resource, request, parts);
    case 'DELETE':
      return resource.remove?.() ?? notAllowed(resource);
    case 'PATCH':
    case 'POST':
      return changed(resource, request, parts);
    default:
      return notAllowed(resource);
  }
}

function read(resource: Resource, request: ServiceRequest, parts: Parts): ServiceAnswer {
  if (resource.answer !== undefined) return resource.answer();
  const body = resource.get?.();
  if (body === undefined) return notAllowed(resource);
  if (typeof body === 'string') return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
  const shown = without(body, parts.lies().lacks);
  const etag = etagOf(shown);
  if (request.header('if-none-match') === etag) return { status: 304, headers: { ETag: etag }, body: null };
  return { status: 200, headers: { ETag: etag, ...schemaLink(shown) }, body: { ...shown, '@odata.etag': etag } };
}

async function changed(resource: Resource, request: ServiceRequest, parts: Parts): Promise<ServiceAnswer> {
  const change = request.method === 'PATCH' ? resource.patch : resource.post;
  if (change === undefined) return notAllowed(resource);
  const given = parseGiven(request.body);
  if (!given.ok) return given.refused;
  const wanted = request.header('if-match');
  if (wanted !== null && !isCurrent(resource, wanted, parts)) return refusal('PreconditionFailed');
  return change(given.value);
}

function isCurrent(resource: Resource, wanted: string, { lies }: Parts): boolean {
  if (lies().restlessEtags) return false;
  if (wanted.trim() === '*') return true;
  const body = resource.get?.();
  if (body === undefined || typeof body === 'string') return true;
  const etag = etagOf(without(body, lies().lacks));
  return wanted.split(',').some((one) => one.trim() === etag);
}

/** A strong tag: the same as long as a read gives the same (RFC 9110, section 8.8.3). */
function etagOf(body: JsonObject): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}"`;
}

function schemaLink(body: JsonObject): Readonly<Record<string, string>> {
  const type = body['@odata.type'];
  const schema = typeof type === 'string' ? /^#(\w+\.\w+|\w+)\.\w+$/.exec(type)?.[1] : undefined;
  if (schema === undefined) return {};
  return { Link: `<https://redfish.dmtf.org/schemas/v1/${schema}.json>; rel=describedby` };
}

function without(body: JsonObject, names: readonly string[]): JsonObject {
  if (names.length === 0) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

function notAllowed(resource: Resource): ServiceAnswer {
  const { get, answer, patch, post, remove } = resource;
  const reads = get === undefined && answer === undefined ? [] : ['GET', 'HEAD'];
  const writes = Object.entries({ PATCH: patch, POST: post, DELETE: remove }).filter(([, one]) => one !== undefined);
  const Allow = [...reads, ...writes.map(([method]) => method)].join(', ');
  return { ...refusal('OperationNotAllowed'), headers: { Allow } };
}
