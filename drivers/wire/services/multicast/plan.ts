import { randomBytes } from 'node:crypto';
import { SESSION_BYTES } from './message.js';

/** Where a session is held: the group that data goes to, and where receivers send what they have to say. */
export interface MeetingPoint {
  /** An address of 239.0.0.0/8 (RFC 2365), dotted. */
  readonly group: string;
  readonly groupPort: number;
  readonly sender: string;
  readonly senderPort: number;
}

/** What everybody in a session knows and nobody else: new for each session. */
export interface SessionSecret {
  readonly session: Buffer;
  readonly key: Buffer;
}

export function newSecret(): SessionSecret {
  return { session: randomBytes(SESSION_BYTES), key: randomBytes(32) };
}

/** What one receiver has to know; `mcast` reads it on stdin. It holds the key, so no stranger may read along. */
export interface ReceiverPlan {
  readonly point: MeetingPoint;
  readonly secret: SessionSecret;
  /** 0 to 65,534, another for each receiver. */
  readonly receiver: number;
  /** The receiver's own address, dotted: which of its cards joins the group. */
  readonly address: string;
}

/** Lines `name=value`, as guest/mcast.c reads them. */
export function planText({ point, secret, receiver, address }: ReceiverPlan): string {
  const facts = {
    group: point.group,
    'group-port': point.groupPort,
    sender: point.sender,
    'sender-port': point.senderPort,
    session: secret.session.toString('hex'),
    key: secret.key.toString('hex'),
    receiver,
    address,
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
