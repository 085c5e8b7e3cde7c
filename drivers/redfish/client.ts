import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf, type Fault, type FaultCode } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { notRedfish, readOf, requireDone, type Asked, type Read } from './answers.js';
import { pause } from '../system-clock/pause.js';
import { openTurns } from '../system-clock/turns.js';
import type { Call } from './call.js';
import { originOf, timingOf, type RedfishConfig, type RedfishTiming } from './config.js';
import { textAt, type JsonObject } from './json.js';
import { loggedIn, type Session } from './session.js';
import { awaitTask } from './tasks.js';
import { wireTo, type HttpAnswer, type HttpRequest, type Send } from './wire.js';

interface Ask {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

const ROOT = '/redfish/v1/';
const HEADERS = { Accept: 'application/json', 'OData-Version': '4.0' };
/** Tries of one request in all, where trying again can help and can do no harm. */
const MOST_TRIES = 3;
/** A service that asks for more patience than this is told of as it is. */
const LONGEST_RETRY_AFTER_S = 30;

const NEVER: AbortSignalLike = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };

/** One BMC: one request at a time, logged in when needed, repeated where that can help. */
export class RedfishClient {
  readonly clock: Clock;
  readonly timing: RedfishTiming;
  /** As it stands in Faults. */
  readonly bmc: string;
  readonly #config: RedfishConfig;
  readonly #send: Send;
  readonly #turns = openTurns();
  #session: Session | null = null;
  #rootRead: JsonObject | null = null;

  /** @throws FaultError RDF-021 */
  constructor(config: RedfishConfig, clock: Clock) {
    this.clock = clock;
    const origin = originOf(config.url);
    this.bmc = origin.origin;
    this.#config = { ...config, url: this.bmc };
    this.timing = timingOf(config);
    this.#send = wireTo(origin, config, clock);
  }

  get user(): string {
    return this.#config.user;
  }

  /** A call that has to be over within its time, waiting for others included. */
  begin(signal: AbortSignalLike, limit_ms = this.timing.call_ms): Call {
    const begunAt = this.clock.now();
    return { signal, begunAt, deadlineAt: begunAt + limit_ms };
  }

  /** The service root, which every service gives without a login. */
  async root(call: Call): Promise<JsonObject> {
    if (this.#rootRead !== null) return this.#rootRead;
    const ask: Ask = { method: 'GET', path: ROOT };
    const answer = await this.#repeated(ask, call, () => this.#exchange(ask, call));
    if (answer.status === 404) throw notRedfish(this.#asked(ask), 'there is no /redfish/v1');
    const { body } = readOf(answer, this.#asked(ask));
    if (textAt(body, 'RedfishVersion') === null) {
      throw notRedfish(this.#asked(ask), 'its root has no RedfishVersion');
    }
    this.#rootRead = body;
    return body;
  }

  /** @throws FaultError of the area RDF, as of `requireDone` and of `wireTo` */
  async get(path: string, call: Call): Promise<Read> {
    const ask: Ask = { method: 'GET', path };
    return readOf(await this.#authorized(ask, call), this.#asked(ask));
  }

  /** Done when it is done: a task is waited for. */
  async post(path: string, body: JsonObject, call: Call): Promise<void> {
    await this.#done({ method: 'POST', path, body }, call);
  }

  /** With an `etag` only where the resource still is what it was read as; null: whatever it is. */
  async patch(read: Pick<Read, 'path' | 'etag'>, body: JsonObject, call: Call): Promise<void> {
    const headers = read.etag === null ? {} : { 'If-Match': read.etag };
    await this.#done({ method: 'PATCH', path: read.path, body, headers }, call);
  }

  /** Ends the session on the BMC, which keeps only a few. Its failure is nobody's any more. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session === null || session.path === null) return;
    const ask: Ask = { method: 'DELETE', path: session.path, headers: session.headers };
    const call = this.begin(NEVER, this.timing.request_ms);
    await this.#turns.take(() => this.#exchange(ask, call), { signal: NEVER }).catch(() => {});
  }

  /**
   * Whether this password opens anything; a session that it opens is ended at once.
   * @throws FaultError, other than RDF-006
   */
  async opens(password: string, call: Call): Promise<boolean> {
    const root = await this.root(call);
    try {
      const other = { ...this.#config, password: () => Promise.resolve(password) };
      const { path, headers } = await this.#login(root, other, call);
      if (path === null) {
        // A service without sessions looks at the password when it is asked for something.
        const { status } = await this.#exchange({ method: 'GET', path: '/redfish/v1/Systems', headers }, call);
        return status < 300;
      }
      await this.#exchange({ method: 'DELETE', path, headers }, call);
      return true;
    } catch (thrown) {
      if (faultOf(thrown)?.code === 'RDF-006') return false;
      throw thrown;
    }
  }

  async #done(ask: Ask, call: Call): Promise<void> {
    const answer = await this.#authorized(ask, call);
    requireDone(answer, this.#asked(ask));
    if (answer.status !== 202) return;
    await awaitTask(answer, {
      bmc: this.bmc,
      what: ask.path.split('/').at(-1) ?? ask.path,
      ask: (path) => this.#authorized({ method: 'GET', path }, call),
      wait: (span_ms) => pause(this.clock, span_ms, call.signal),
      now: () => this.clock.now(),
      until: Math.min(call.deadlineAt, this.clock.now() + this.timing.task_ms),
    });
  }

  /** Logged in; once more with a new session when the old one is over. */
  async #authorized(ask: Ask, call: Call): Promise<HttpAnswer> {
    const root = await this.root(call);
    return this.#repeated(ask, call, async () => {
      const isOld = this.#session !== null;
      this.#session ??= await this.#login(root, this.#config, call);
      const answer = await this.#exchange(withHeaders(ask, this.#session), call);
      if (answer.status !== 401) return answer;
      this.#session = null;
      if (!isOld) return answer;
      this.#session = await this.#login(root, this.#config, call);
      return this.#exchange(withHeaders(ask, this.#session), call);
    });
  }

  #login(root: JsonObject, config: RedfishConfig, call: Call): Promise<Session> {
    return loggedIn(config, root, (path, body) => this.#exchange({ method: 'POST', path, body }, call));
  }

  /** In its turn, and again after what may pass by itself. */
  async #repeated(ask: Ask, call: Call, once: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#turns.take(once, { signal: call.signal }).then(
        (answer) => ({ answer, thrown: null }),
        (thrown: unknown) => ({ answer: null, thrown }),
      );
      const { answer, thrown } = outcome;
      const isRetried = answer === null ? isPassing(faultOf(thrown), ask) : isBusy(answer, ask);
      const wait_ms = Math.max(this.timing.retry_ms * 2 ** (tries - 1), answer === null ? 0 : retryAfter_ms(answer));
      if (isRetried && tries < MOST_TRIES && this.clock.now() + wait_ms < call.deadlineAt) {
        await pause(this.clock, wait_ms, call.signal);
      } else if (answer === null) {
        throw thrown;
      } else {
        return answer;
      }
    }
  }

  async #exchange({ method, path, body, headers = {} }: Ask, call: Call): Promise<HttpAnswer> {
    const typed = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const now = this.clock.now();
    if (now >= call.deadlineAt) {
      const waited_ms = Math.round(now - call.begunAt);
      throw new FaultError({ code: 'RDF-004', kind: 'redfish.silent', bmc: this.bmc, path, waited_ms });
    }
    const limit_ms = Math.ceil(Math.min(this.timing.request_ms, call.deadlineAt - now));
    return this.#send(
      {
        method,
        path,
        headers: { ...HEADERS, ...typed, ...headers },
        body: body === undefined ? null : JSON.stringify(body),
        limit_ms,
      },
      call.signal,
    );
  }

  #asked({ method, path }: Ask): Asked {
    return { bmc: this.bmc, user: this.#config.user, method, path };
  }
}

function withHeaders(ask: Ask, { headers }: Session): Ask {
  return { ...ask, headers: { ...ask.headers, ...headers } };
}

/** What may pass by itself, where nothing was done yet. */
const NEVER_RECEIVED: readonly FaultCode[] = ['RDF-002'];
/** What may pass, where asking twice is asking once. */
const PASSING: readonly FaultCode[] = [...NEVER_RECEIVED, 'RDF-003', 'RDF-004'];

/** Whether asking again can help, and does nothing twice: a POST whose answer was lost may have been carried out. */
function isPassing(fault: Fault | null, { method }: Ask): boolean {
  return fault !== null && (method === 'POST' ? NEVER_RECEIVED : PASSING).includes(fault.code);
}

/** 503 says that nothing was done (DSP0266, table 8); what the others leave behind is unknown. */
function isBusy({ status }: HttpAnswer, { method }: Ask): boolean {
  return status === 503 || (method !== 'POST' && [500, 502, 504].includes(status));
}

function retryAfter_ms({ headers }: HttpAnswer): number {
  const told_s = Number(headers['retry-after'] ?? 0);
  return told_s > 0 && told_s <= LONGEST_RETRY_AFTER_S ? told_s * 1_000 : 0;
}
