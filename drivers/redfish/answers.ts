import { FaultError } from '../../core/faults/fault.js';
import { isObject, listAt, parsedObject, textAt, type JsonObject } from './json.js';
import type { HttpAnswer } from './wire.js';

export interface Asked {
  readonly bmc: string;
  readonly user: string;
  readonly method: string;
  readonly path: string;
}

/** Of a body that was read: what it holds, and the tag that it has as it is. */
export interface Read {
  readonly path: string;
  readonly body: JsonObject;
  readonly etag: string | null;
}

/** @throws FaultError RDF-006 to RDF-010, RDF-011, RDF-016: what a status beyond 2xx means */
export function requireDone(answer: HttpAnswer, asked: Asked): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  throw faultOfStatus(answer, asked);
}

/** @throws FaultError RDF-009 for a body that is no JSON object */
export function readOf(answer: HttpAnswer, asked: Asked): Read {
  requireDone(answer, asked);
  const body = parsedObject(answer.text);
  if (body === null) throw notRedfish(asked, /^\s*</.test(answer.text) ? 'it answers HTML' : 'it answers no JSON');
  return { path: asked.path, body, etag: etagOf(answer, body) };
}

/** The header is what counts; some BMCs quote it twice there, and have it right in the body. */
function etagOf({ headers }: HttpAnswer, body: JsonObject): string | null {
  const { etag } = headers;
  const isSound = etag !== undefined && /^(W\/)?"[^"]*"$/.test(etag);
  return isSound ? etag : (textAt(body, '@odata.etag') ?? etag ?? null);
}

function faultOfStatus(answer: HttpAnswer, { bmc, user, method, path }: Asked): FaultError {
  const { status, text, headers } = answer;
  const body = parsedObject(text);
  if (status === 401) return new FaultError({ code: 'RDF-006', kind: 'redfish.badCredentials', bmc, user });
  if (status >= 300 && status < 400) {
    const what = `it redirects to ${shortened(headers.location ?? 'nowhere')}`;
    return notRedfish({ bmc, user, method, path }, what);
  }
  if (status === 412 || status === 428) {
    return new FaultError({ code: 'RDF-011', kind: 'redfish.changedMeanwhile', bmc, path });
  }
  if (status === 403) return new FaultError({ code: 'RDF-007', kind: 'redfish.forbidden', bmc, user, path });
  if (status === 404 || status === 410) {
    return new FaultError({ code: 'RDF-008', kind: 'redfish.lacks', bmc, resource: path });
  }
  if (status >= 500 && status !== 501) {
    return new FaultError({ code: 'RDF-016', kind: 'redfish.serverFailed', bmc, path, status });
  }
  const says = body === null ? 'without a reason' : messageOf(body);
  return new FaultError({ code: 'RDF-010', kind: 'redfish.refused', bmc, request: `${method} ${path}`, status, says });
}

export function notRedfish({ bmc, path }: Asked, what: string): FaultError {
  return new FaultError({ code: 'RDF-009', kind: 'redfish.notRedfish', bmc, path, what });
}

const LONGEST_MESSAGE = 300;

/** What a service says went wrong: its most specific message (DSP0266, section 8.6). */
export function messageOf(body: JsonObject): string {
  const messages = [...listAt(body, 'error', '@Message.ExtendedInfo'), ...listAt(body, 'Messages')].filter(isObject);
  const texts = messages.map((one) => textAt(one, 'Message') ?? textAt(one, 'MessageId') ?? '');
  const said = texts.filter((text) => text !== '').join(' ');
  return shortened(said === '' ? (textAt(body, 'error', 'message') ?? 'without a reason') : said);
}

/** On one line, as it goes into a Fault; what a BMC sends may hold anything. */
function shortened(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_MESSAGE);
}
