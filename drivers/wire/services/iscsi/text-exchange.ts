import type { Connection } from './connection.js';
import { declareMaxReceive, isLoginKey } from './negotiation.js';
import { FINAL, isFinal, newHeader, NO_TAG, OPCODE } from './pdu.js';
import type { Pdu } from './pdu.js';
import type { Session } from './session.js';
import { allows } from './target-config.js';
import { encodeText, MOST_TEXT_BYTES, parseText } from './text.js';
import type { TextPairs } from './text.js';

/** All targets of a portal are in one group. */
const PORTAL_GROUP = 1;
const CONTINUE = 0x40;
/** There is one exchange at a time, so that its target transfer tag can be always the same. */
const EXCHANGE_TAG = 1;

/** Text Requests and Responses, either of them over as many PDUs as it takes (RFC 7143, sections 11.10 and 11.11). */
export class TextExchange {
  readonly #connection: Connection;
  readonly #session: Session;
  #asked: Buffer[] = [];
  #asked_bytes = 0;
  /** What is still to be sent of the last answer. */
  #left: Buffer | null = null;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
  }

  /** @returns false when the request is none: it is to be rejected */
  request(pdu: Pdu): boolean {
    if (this.#left !== null && pdu.data.length === 0) {
      this.#send(pdu.header, this.#left);
      return true;
    }
    this.#asked_bytes += pdu.data.length;
    if (this.#asked_bytes > MOST_TEXT_BYTES) return false;
    this.#asked.push(Buffer.from(pdu.data));
    if (((pdu.header[1] ?? 0) & CONTINUE) !== 0) {
      this.#respond(pdu.header, 0, null);
      return true;
    }
    const pairs = parseText(Buffer.concat(this.#asked));
    this.#asked = [];
    this.#asked_bytes = 0;
    if (pairs === null) return false;
    this.#send(pdu.header, this.#answer(pairs));
    return true;
  }

  #send(request: Buffer, text: Buffer): void {
    const most = this.#session.parameters.maxSend_bytes;
    const isWhole = text.length <= most;
    this.#left = isWhole ? null : text.subarray(most);
    const flags = !isWhole ? CONTINUE : isFinal(request) ? FINAL : 0;
    this.#respond(request, flags, text.subarray(0, most));
  }

  #respond(request: Buffer, flags: number, text: Buffer | null): void {
    const response = newHeader(OPCODE.textResponse, flags);
    request.copy(response, 8, 8, 20);
    response.writeUInt32BE(flags === FINAL ? NO_TAG : EXCHANGE_TAG, 20);
    this.#connection.send(response, text, true);
  }

  /** In the full feature phase the longest segment may be declared anew; what the login settled stays. */
  #answer(pairs: TextPairs): Buffer {
    const answers: (readonly [string, string])[] = [];
    for (const [key, value] of pairs) {
      if (key === 'SendTargets') answers.push(...this.#targets(value));
      else if (key === 'MaxRecvDataSegmentLength') declareMaxReceive(value, this.#session.parameters);
      else answers.push([key, isLoginKey(key) ? 'Reject' : 'NotUnderstood']);
    }
    return encodeText(answers);
  }

  /** SendTargets (RFC 7143, appendix C). Only targets whose list holds the initiator are shown to it. */
  #targets(wanted: string): readonly (readonly [string, string])[] {
    const { stream, targets } = this.#connection;
    const { address, port } = stream.local;
    const host = address.includes(':') ? `[${address}]` : address;
    const name = wanted === '' ? this.#session.target?.config.iqn : wanted;
    return targets
      .list()
      .filter(({ config }) => allows(config.initiators, stream.remote.address, this.#session.initiatorName))
      .filter(({ config }) => wanted === 'All' || config.iqn === name)
      .flatMap(({ config }) => [
        ['TargetName', config.iqn] as const,
        ['TargetAddress', `${host}:${port},${PORTAL_GROUP}`] as const,
      ]);
  }
}
