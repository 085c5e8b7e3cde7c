import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import { answering, type Answering } from './answer.js';
import { isAccount, type Account } from './authorize.js';
import { Burst } from './burst.js';
import { refusal } from './errors.js';
import { EventLog } from './event-log.js';
import type { ServiceAnswer, ServiceRequest } from './exchange.js';
import { Latest } from './latest.js';
import { NO_LIES, type RedfishLies } from './lies.js';
import type { Parts, ServedMachine } from './parts.js';
import { PowerView } from './power-view.js';
import { Sessions } from './sessions.js';
import { Tasks } from './tasks.js';

export interface RedfishServiceOptions {
  readonly machine: ServedMachine;
  readonly clock: Clock;
  /** The date and time of this moment, as RFC 3339 has it. */
  readonly wall: () => string;
  readonly user: string;
  /** Asked for at each login; it is kept nowhere. */
  readonly password: () => Promise<string>;
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** PEM; without them it speaks HTTP. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Looked at for each request, so that a lie can begin and end at any time. */
  readonly lies?: () => RedfishLies;
  readonly byTasks?: boolean;
}

export interface RedfishService extends AsyncDisposable {
  /** Where its service root is, without `/redfish/v1`. */
  readonly url: string;
  readonly port: number;
}

/** The biggest body that a client of ours or of others sends is a few hundred bytes. */
const LONGEST_BODY_BYTES = 65_536;
/** A client that sends slowly must not hold a connection for ever. */
const REQUEST_LIMIT_MS = 10_000;

/**
 * A BMC that speaks Redfish, for one machine.
 * @throws FaultError RDF-020 when it cannot listen there
 * @see DSP0266 1.15
 */
export async function startRedfishService(options: RedfishServiceOptions): Promise<RedfishService> {
  const closing = new AbortController();
  const { parts, answer } = composed(options, closing.signal);
  const burst = new Burst(options.clock);
  const server = served(options, (request, response) => {
    const { gone, silentAfterBurst } = parts.lies();
    // A machine without power has a BMC without power.
    if (gone || !parts.machine.chassis.isFed()) return;
    if (silentAfterBurst !== null && burst.isSilent(silentAfterBurst)) return;
    void exchange({ request, response, answer, parts });
  });
  const endLog = logPower(parts);
  await listening(server, options);
  const { port } = addressOf(server);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    port,
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      endLog();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function composed(options: RedfishServiceOptions, closing: AbortSignal): { parts: Parts; answer: Answering } {
  const { machine, clock, wall, user, password, byTasks = false, lies = () => NO_LIES } = options;
  const account: Account = { user, password, takes: () => takenBy(lies()) };
  const parts: Parts = {
    machine,
    clock,
    wall,
    lies,
    byTasks,
    closing,
    sessions: new Sessions(clock),
    tasks: new Tasks(wall),
    log: new EventLog(wall),
    power: new PowerView(machine.chassis, lies),
    restarts: new Latest(),
    isAccount: (name, secret) => isAccount(account, name, secret),
  };
  return { parts, answer: answering(parts, account) };
}

function takenBy({ refusesPasswords, takesAnyPassword }: RedfishLies): 'right' | 'any' | 'none' {
  if (refusesPasswords) return 'none';
  return takesAnyPassword ? 'any' : 'right';
}

function logPower({ machine, log }: Parts): () => void {
  let known = machine.chassis.power();
  return machine.chassis.onChange(() => {
    const now = machine.chassis.power();
    if (now !== known) log.add('Power', `The machine is ${now}.`);
    known = now;
  });
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function served({ tls }: RedfishServiceOptions, listener: Listener): Server {
  const limits = { requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS };
  if (tls === undefined) return createServer(limits, listener);
  return createTlsServer({ ...limits, key: tls.key, cert: tls.certificate }, listener);
}

async function listening(server: Server, { host, port }: RedfishServiceOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      reject(new FaultError({ code: 'RDF-020', kind: 'redfish.portTaken', host, port, why }, error));
    });
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address and a port');
  return address;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: Answering;
  readonly parts: Parts;
}

async function exchange({ request, response, answer, parts }: Exchange): Promise<void> {
  const body = await bodyOf(request);
  if (body === null) return send(response, request.method, TOO_LONG);
  const { slow_ms, answersHtml } = parts.lies();
  if (slow_ms > 0) await slowed(slow_ms, parts);
  if (answersHtml) return send(response, request.method, PAGE);
  const asked = readRequest(request, body);
  // Whatever a request brings about in us is no reason to leave its client without an answer.
  const answered =
    asked === null
      ? refusal('ResourceMissingAtURI', [request.url ?? ''])
      : await answer(asked).catch(() => refusal('InternalError'));
  send(response, request.method, answered);
}

function slowed(slow_ms: number, { clock, closing }: Parts): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(slow_ms, () => {
      closing.removeEventListener('abort', end);
      resolve();
    });
    const end = (): void => {
      timer.cancel();
      resolve();
    };
    closing.addEventListener('abort', end, { once: true });
  });
}

const TOO_LONG: ServiceAnswer = {
  ...refusal('GeneralError', ['The body is too long.']),
  status: 413,
  headers: { Connection: 'close' },
};

const PAGE: ServiceAnswer = {
  status: 200,
  headers: { 'Content-Type': 'text/html' },
  body: '<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in.</body></html>',
};

/** Null when it is longer than any that we take: then the rest of it goes by unread. */
function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size_bytes += chunk.length;
      if (size_bytes <= LONGEST_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    // Who has gone away reads no answer.
    request.on('close', () => resolve(null));
    request.on('error', () => resolve(null));
  });
}

/** Null where the URL cannot be decoded. */
function readRequest(request: IncomingMessage, body: Uint8Array): ServiceRequest | null {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  try {
    return {
      method: request.method ?? '',
      path: decodeURIComponent(path).replace(/\/$/, ''),
      query: [...new URLSearchParams(query).keys()],
      header: (name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : null;
      },
      body,
    };
  } catch {
    return null;
  }
}

function send(response: ServerResponse, method: string | undefined, { status, headers, body }: ServiceAnswer): void {
  if (response.destroyed) return;
  const text = body === null ? '' : typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const isTold = status !== 204 && status !== 304;
  response.writeHead(status, {
    'OData-Version': '4.0',
    'Cache-Control': 'no-store',
    ...(body === null ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...(isTold ? { 'Content-Length': String(Buffer.byteLength(text)) } : {}),
    ...headers,
  });
  response.end(method === 'HEAD' || !isTold ? '' : text);
}
