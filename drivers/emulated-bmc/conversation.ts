import { PAYLOAD, readMessage, readRmcp, withData, writeRmcp, type IpmiMessage, type RmcpPacket } from './rmcp-plus.js';
import { decrypt, encrypt, hmac, sessionKeys, type SessionKeys } from './session-keys.js';

/** Who listens to what a client and the BMC tell each other, and may change what the BMC says. */
export interface Listener {
  /** null for a user that the BMC does not have. */
  readonly passwordOf: (user: string) => string | null;
  /** Whether sessions without authentication (cipher suite 0) come up, with any password at all. */
  readonly isOpenToAll: () => boolean;
  /** Whether the BMC proves another password than the one that it was given. */
  readonly isPasswordWrong: () => boolean;
  readonly asked: (request: IpmiMessage) => void;
  /** @returns other data for the response, the completion code first; null: as it is */
  readonly answered: (request: IpmiMessage, data: Buffer) => readonly number[] | null;
}

interface Session {
  readonly bmcSession: number;
  readonly consoleSession: number;
  readonly isSha1: boolean;
  readonly isAes: boolean;
  consoleRandom: Buffer | null;
  role: number;
  user: Buffer;
  keys: SessionKeys | null;
}

/** More than the BMC has in all (62, measured). */
const MOST_SESSIONS = 64;
/** Sequence numbers have six bits. */
const MOST_REQUESTS = 64;
/** @see IPMI 2.0 rev 1.1, table 13-15 */
const INVALID_AUTHENTICATION = 0x04;
const NO_SESSION = 0;

/** One client's conversation with the BMC, read along with the BMC's own passwords. */
export class Conversation {
  readonly #listener: Listener;
  /** By the BMC's number, and by the client's. */
  readonly #byBmc = new Map<number, Session>();
  readonly #byConsole = new Map<number, Session>();
  /** By session and sequence: what has no response yet. */
  readonly #requests = new Map<string, IpmiMessage>();

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** @returns whether it goes on to the BMC, and what the client is told at once instead */
  fromClient(datagram: Buffer): { readonly isForwarded: boolean; readonly answer: Buffer | null } {
    const packet = readRmcp(datagram);
    if (packet === null) return { isForwarded: true, answer: null };
    if (packet.payloadType === PAYLOAD.openRequest) return this.#open(packet);
    if (packet.payloadType === PAYLOAD.rakp1) this.#learnClient(packet.payload);
    if (packet.payloadType === PAYLOAD.ipmi) {
      const session = this.#byBmc.get(packet.session);
      const request = readMessage(plainOf(packet, session) ?? Buffer.alloc(0));
      if (request !== null) this.#ask(session, request);
    }
    return { isForwarded: true, answer: null };
  }

  fromBmc(datagram: Buffer): Buffer {
    const packet = readRmcp(datagram);
    if (packet === null) return datagram;
    if (packet.payloadType === PAYLOAD.openResponse) this.#learnSession(packet.payload);
    if (packet.payloadType === PAYLOAD.rakp2) {
      this.#learnBmc(packet.payload);
      return this.#listener.isPasswordWrong() ? withOtherProof(datagram) : datagram;
    }
    return packet.payloadType === PAYLOAD.ipmi ? (this.#answer(packet) ?? datagram) : datagram;
  }

  #open({ payload }: RmcpPacket): { readonly isForwarded: boolean; readonly answer: Buffer | null } {
    const authentication = payload[12] ?? 0;
    if (authentication !== 0 || this.#listener.isOpenToAll()) return { isForwarded: true, answer: null };
    const refusal = Buffer.concat([
      Buffer.from([payload[0] ?? 0, INVALID_AUTHENTICATION, 0, 0]),
      payload.subarray(4, 8),
    ]);
    return { isForwarded: false, answer: writeRmcp(unsecured(PAYLOAD.openResponse, refusal), () => Buffer.alloc(0)) };
  }

  /** @see IPMI 2.0 rev 1.1, table 13-10 */
  #learnSession(payload: Buffer): void {
    if (payload.length < 36 || payload[1] !== 0) return;
    const session: Session = {
      consoleSession: payload.readUInt32LE(4),
      bmcSession: payload.readUInt32LE(8),
      isSha1: payload[16] === 1,
      isAes: payload[32] === 1,
      consoleRandom: null,
      role: 0,
      user: Buffer.alloc(0),
      keys: null,
    };
    this.#byBmc.set(session.bmcSession, session);
    this.#byConsole.set(session.consoleSession, session);
    forgetOldest(this.#byBmc, MOST_SESSIONS);
    forgetOldest(this.#byConsole, MOST_SESSIONS);
  }

  /** @see IPMI 2.0 rev 1.1, table 13-11 */
  #learnClient(payload: Buffer): void {
    const session = payload.length < 28 ? undefined : this.#byBmc.get(payload.readUInt32LE(4));
    if (session === undefined) return;
    session.consoleRandom = Buffer.from(payload.subarray(8, 24));
    session.role = payload.readUInt8(24);
    session.user = Buffer.from(payload.subarray(28, 28 + payload.readUInt8(27)));
  }

  /** @see IPMI 2.0 rev 1.1, table 13-12 */
  #learnBmc(payload: Buffer): void {
    const session = payload.length < 24 ? undefined : this.#byConsole.get(payload.readUInt32LE(4));
    if (session === undefined || payload[1] !== 0 || session.consoleRandom === null || !session.isSha1) return;
    const { consoleRandom, role, user } = session;
    const password = this.#listener.passwordOf(user.toString('latin1'));
    if (password === null) return;
    const bmcRandom = Buffer.from(payload.subarray(8, 24));
    session.keys = sessionKeys({ password, consoleRandom, bmcRandom, role, user });
  }

  #ask(session: Session | undefined, request: IpmiMessage): void {
    this.#requests.set(keyOf(session, request), request);
    forgetOldest(this.#requests, MOST_REQUESTS);
    this.#listener.asked(request);
  }

  /** @returns the datagram that tells something else; null where nothing is to be changed */
  #answer(packet: RmcpPacket): Buffer | null {
    const session = this.#byConsole.get(packet.session);
    const plain = plainOf(packet, session);
    const response = plain === null ? null : readMessage(plain);
    if (plain === null || response === null) return null;
    const key = keyOf(session, response);
    const request = this.#requests.get(key);
    if (request === undefined || request.command !== response.command) return null;
    this.#requests.delete(key);
    const data = this.#listener.answered(request, response.data);
    if (data === null) return null;
    const changed = withData(plain, Uint8Array.from(data));
    const keys = session?.keys ?? null;
    const payload = packet.isEncrypted && keys !== null ? encrypt(keys.confidentiality, changed) : changed;
    return writeRmcp({ ...packet, payload }, (signed) => hmac(keys?.integrity ?? Buffer.alloc(0), signed));
  }
}

/** @returns null where it cannot be read: another cipher, or a user that is not ours */
function plainOf({ isEncrypted, isAuthenticated, payload }: RmcpPacket, session: Session | undefined): Buffer | null {
  const keys = session?.keys ?? null;
  if (isAuthenticated && keys === null) return null;
  if (!isEncrypted) return payload;
  return keys === null || session?.isAes !== true ? null : decrypt(keys.confidentiality, payload);
}

/** The key exchange authentication code ends RAKP message 2. */
function withOtherProof(datagram: Buffer): Buffer {
  const other = Buffer.from(datagram);
  const last = other.length - 1;
  other.writeUInt8(other.readUInt8(last) ^ 0xff, last);
  return other;
}

function keyOf(session: Session | undefined, { sequence }: IpmiMessage): string {
  return `${session?.bmcSession ?? NO_SESSION} ${sequence}`;
}

function unsecured(payloadType: number, payload: Buffer): RmcpPacket {
  return { payloadType, payload, isEncrypted: false, isAuthenticated: false, session: NO_SESSION, sequence: 0 };
}

function forgetOldest(map: Map<unknown, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
