import {
  createSession,
  createV3Session,
  isVarbindError,
  ObjectType,
  Version1,
  Version2c,
  type Session,
  type Varbind,
} from 'net-snmp';
import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';
import type { PduAccess, PduTiming } from './config.js';
import { SnmpError, USM_REPORTS, type SnmpFailure, type UsmReport } from './failure.js';
import { failureOf } from './library-errors.js';
import { libraryUser } from './library-user.js';

/** One conversation with an agent: a socket of its own, to be closed. Its requests are made one after the other. */
export interface SnmpSession extends Disposable {
  /** @returns a number or a text in the order asked; null where the agent has no such object */
  get(oids: readonly string[]): Promise<readonly (number | string | null)[]>;
  /** @throws SnmpError status, also where the agent answers that there is no such instance */
  set(oid: string, value: number): Promise<void>;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly signal: AbortSignalLike;
  readonly timing: Pick<PduTiming, 'answer_ms' | 'tries'>;
}

export interface Agent {
  readonly address: string;
  readonly port: number;
  readonly access: PduAccess;
}

/** SNMPv2-MIB, sysObjectID: what every agent has. @see RFC 3418, section 2 */
export const SYS_OBJECT_ID = '1.3.6.1.2.1.1.2.0';

/** Ours is the clock: the library is never to give up by itself. setTimeout's longest. */
const NEVER_MS = 2 ** 31 - 1;

type Asked = (session: Session, done: (error: Error | null, varbinds?: Varbind[]) => void) => void;

/** @throws whatever asking for a secret throws, and SnmpError from its requests */
export async function openSession(agent: Agent, parts: SessionParts): Promise<SnmpSession> {
  const session = await librarySession(agent);
  let report: UsmReport | null = null;
  let isGarbled = false;
  // A datagram that is no SNMP; without a listener it would end the process.
  session.on('error', () => void (isGarbled = true));
  // What is reported is told by its number; the library makes a sentence of it.
  const tell = session.userSecurityModelError.bind(session);
  session.userSecurityModelError = (request, oid) => {
    report = reportOf(oid);
    isGarbled ||= report === null;
    tell(request, oid);
  };
  const failure = (error: Error | null): SnmpFailure => {
    if (report !== null) return { why: 'report', report };
    if (isGarbled) return { why: 'garbage' };
    if (error !== null) return failureOf(error);
    return { why: 'silence', waited_ms: parts.timing.answer_ms * parts.timing.tries };
  };
  const ask = async (asked: Asked): Promise<readonly Varbind[]> => {
    for (let left = parts.timing.tries; left > 0; left--) {
      const answer = await once(session, asked, parts);
      if (answer instanceof Error) throw new SnmpError(failure(answer));
      if (answer !== null) return answer;
    }
    const found = failure(null);
    const isUnreadable = found.why === 'silence' && (await answersInTheClear(agent, parts));
    throw new SnmpError(isUnreadable ? { why: 'report', report: 'decryptionErrors' } : found);
  };
  return {
    async get(oids) {
      const varbinds = await ask((library, done) => library.get([...oids], done));
      return varbinds.map(valueOf);
    },
    async set(oid, value) {
      const [varbind] = await ask((library, done) => library.set([{ oid, type: ObjectType.Integer, value }], done));
      // Some agents say so of an instance that is not there, instead of noCreation.
      if (varbind === undefined || isVarbindError(varbind))
        throw new SnmpError({ why: 'status', status: 'noCreation' });
    },
    [Symbol.dispose]: () => void session.close(),
  };
}

/**
 * Some agents, net-snmp's among them, drop in silence what they cannot decrypt, though they tell of a wrong digest.
 * Asked by the same user without privacy they answer, be it that this is not allowed: then that password is wrong.
 */
async function answersInTheClear(agent: Agent, parts: SessionParts): Promise<boolean> {
  const { access } = agent;
  if (access.version !== '3' || access.privacy === null) return false;
  const timing = { ...parts.timing, tries: 1 };
  using session = await openSession({ ...agent, access: { ...access, privacy: null } }, { ...parts, timing });
  try {
    await session.get([SYS_OBJECT_ID]);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SnmpError)) throw thrown;
    return thrown.failure.why === 'status' || thrown.failure.why === 'report';
  }
}

/** null: no answer in time. */
function once(session: Session, asked: Asked, parts: SessionParts): Promise<readonly Varbind[] | Error | null> {
  const { clock, signal, timing } = parts;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      end();
      reject(aborted());
      session.cancelRequests(aborted());
    };
    const timer = clock.setTimer(timing.answer_ms, () => {
      end();
      resolve(null);
      session.cancelRequests(aborted());
    });
    signal.addEventListener('abort', abort, { once: true });
    asked(session, (error, varbinds) => {
      end();
      resolve(error ?? varbinds ?? []);
    });
  });
}

function valueOf(varbind: Varbind): number | string | null {
  const { value } = varbind;
  if (isVarbindError(varbind) || value === null || value === undefined) return null;
  return typeof value === 'number' ? value : String(value);
}

/** @see RFC 3414, section 5: usmStats, 1.3.6.1.6.3.15.1.1; null where the agent reports something else */
function reportOf(oid: string): UsmReport | null {
  const [, number = ''] = /^1\.3\.6\.1\.6\.3\.15\.1\.1\.(\d+)/.exec(oid) ?? [];
  return isReport(number) ? USM_REPORTS[number] : null;
}

function isReport(number: string): number is keyof typeof USM_REPORTS {
  return Object.hasOwn(USM_REPORTS, number);
}

async function librarySession({ address, port, access }: Agent): Promise<Session> {
  const options = { port, retries: 0, timeout: NEVER_MS };
  if (access.version === '3') return createV3Session(address, await libraryUser(access), options);
  const version = access.version === '1' ? Version1 : Version2c;
  return createSession(address, await access.community(), { ...options, version });
}
