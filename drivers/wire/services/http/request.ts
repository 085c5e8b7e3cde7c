import { parseRange, type Range } from './range.js';

/** Why a request is not served; the connection ends after saying so, as where the next one starts is not known. */
export type Refusal = 400 | 501 | 505;

export interface Request {
  readonly method: string;
  /** Percent-decoded, without the query. */
  readonly path: string;
  /** Null: the whole content is asked for. */
  readonly range: Range | null;
  /** The client goes on with this connection. */
  readonly isKept: boolean;
  /** Content that comes with the request. */
  readonly body_bytes: number;
  /** What the client shows to be let in (RFC 6750, section 2.1), null: nothing of the kind. */
  readonly bearer: string | null;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP\/(\d)\.(\d)$/;
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const ABSOLUTE = /^http:\/\/[^/?#]*/i;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const LENGTH = /^\d{1,15}$/;

/**
 * Reads the head of a request: everything before the empty line (RFC 9112, sections 2 to 5).
 * A bare LF is taken for CRLF, as section 2.2 allows; a folded field line is refused.
 */
export function parseRequest(head: string): Request | Refusal {
  const [first = '', ...lines] = head.split(/\r?\n/);
  const start = REQUEST_LINE.exec(first);
  const fields = parseFields(lines);
  if (start === null || fields === null) return 400;
  const [, method = '', target = '', major = '', minor = ''] = start;
  if (major !== '1') return 505;
  const isOld = minor === '0';
  const path = pathOf(target);
  const body_bytes = bodyLength(fields);
  // RFC 9112, section 3.2: a request of HTTP/1.1 names its host, once.
  const hosts = fields.get('host')?.length ?? 0;
  if (path === null || body_bytes === null || hosts > 1 || (hosts === 0 && !isOld)) return 400;
  if (fields.has('transfer-encoding')) return isOld || fields.has('content-length') ? 400 : 501;
  const options = (fields.get('connection') ?? []).flatMap((value) => value.toLowerCase().split(/[ \t]*,[ \t]*/));
  const isKept = !options.includes('close') && (!isOld || options.includes('keep-alive'));
  // We give no validators, so If-Range never matches, and the whole content is the answer (RFC 9110, section 13.1.5).
  const [rangeText] = fields.has('if-range') ? [] : (fields.get('range') ?? []);
  const range = rangeText === undefined || method !== 'GET' ? null : parseRange(rangeText);
  const [authorization = '', ...more] = fields.get('authorization') ?? [];
  const bearer = more.length > 0 ? null : (BEARER.exec(authorization)?.[1] ?? null);
  return { method, path, range, isKept, body_bytes, bearer };
}

function parseFields(lines: readonly string[]): ReadonlyMap<string, readonly string[]> | null {
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const match = FIELD_LINE.exec(line);
    if (match === null) return null;
    const [, name = '', value = ''] = match;
    const values = fields.get(name.toLowerCase());
    if (values === undefined) fields.set(name.toLowerCase(), [value]);
    else values.push(value);
  }
  return fields;
}

/** @returns null when it is neither an absolute path nor a URL with one, or not validly encoded */
function pathOf(target: string): string | null {
  const [local = ''] = target.replace(ABSOLUTE, '').split(/[?#]/);
  const path = local === '' && ABSOLUTE.test(target) ? '/' : local;
  if (!path.startsWith('/')) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** @returns null when it is not a number, or there are several that differ (RFC 9112, section 6.3) */
function bodyLength(fields: ReadonlyMap<string, readonly string[]>): number | null {
  const [length = '0', ...others] = fields.get('content-length') ?? [];
  return LENGTH.test(length) && others.every((other) => other === length) ? Number(length) : null;
}
