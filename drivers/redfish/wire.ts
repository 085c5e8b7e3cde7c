import { X509Certificate } from 'node:crypto';
import { request as plainRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';
import type { RedfishConfig } from './config.js';
import { faultOfError } from './wire-faults.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** A path on the BMC. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly limit_ms: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends one request and brings its answer, or a FaultError RDF-001 to RDF-005, RDF-009. */
export type Send = (request: HttpRequest, signal: AbortSignalLike) => Promise<HttpAnswer>;

/** The longest answers of the field are event logs of some thousand entries. */
const LONGEST_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Requests to one BMC. By node:https and not by fetch: Node's fetch takes no CA and no leave to do without one, save by
 * a dispatcher of the package undici, which Node does not hand out.
 *
 * Each request has a connection of its own, as OpenStack's sushy does it: many BMCs choke on connections kept open.
 */
export function wireTo(origin: URL, { tls }: Pick<RedfishConfig, 'tls'>, clock: Clock): Send {
  const trust = origin.protocol === 'https:' ? trustOf(tls) : {};
  return (request, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(aborted());
      const bmc = origin.origin;
      const outgoing = open(origin, request, trust);
      const timer = clock.setTimer(request.limit_ms, () => {
        const { path, limit_ms } = request;
        fail(new FaultError({ code: 'RDF-004', kind: 'redfish.silent', bmc, path, waited_ms: limit_ms }));
      });
      const giveUp = (): void => fail(aborted());
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', giveUp);
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
        outgoing.destroy();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      outgoing.on('error', (error) => fail(faultOfError(error, bmc, request.path)));
      outgoing.on('response', (incoming) => {
        void textOf(incoming).then(
          (text) => {
            end();
            if (text !== null) return resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
            const what = `an answer of more than ${LONGEST_ANSWER_BYTES} bytes`;
            fail(new FaultError({ code: 'RDF-009', kind: 'redfish.notRedfish', bmc, path: request.path, what }));
          },
          (error: unknown) => fail(faultOfError(error, bmc, request.path)),
        );
      });
      outgoing.end(request.body ?? undefined);
    });
}

function open(origin: URL, { method, path, headers, body }: HttpRequest, trust: RequestOptions): ClientRequest {
  const sized = body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const options = {
    ...trust,
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port === '' ? undefined : Number(origin.port),
    method,
    path,
    agent: false as const,
    headers: { ...headers, ...sized, Connection: 'close' },
  };
  return origin.protocol === 'https:' ? tlsRequest(options) : plainRequest(options);
}

/** Null when it is too long. */
async function textOf(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    size_bytes += chunk.length;
    if (size_bytes > LONGEST_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function trustOf(tls: RedfishConfig['tls']): RequestOptions {
  if (tls === 'verify') return {};
  if (tls === 'insecure') return { rejectUnauthorized: false };
  const pinned = new Set(certificatesIn(tls.ca).map(({ fingerprint256 }) => fingerprint256));
  return {
    ca: tls.ca,
    // A BMC's own certificate seldom has its name in it. Where the site names that very certificate, it is the one.
    checkServerIdentity: (host, peer) =>
      pinned.has(peer.fingerprint256) ? undefined : checkServerIdentity(host, peer),
  };
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
