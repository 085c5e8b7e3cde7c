import { printable } from './report.js';

/** What an initiator says of itself in the first PDU of a connection. */
export interface Login {
  readonly target: string;
  readonly initiator: string;
  readonly isDiscovery: boolean;
  readonly identity: InitiatorIdentity;
}

/** Who wrote the initiator, as far as its session identifier tells. */
export interface InitiatorIdentity {
  /** Naming authority of the ISID: the same for all sessions of one initiator. */
  readonly authority: string;
  readonly kind: 'firmware' | 'kernel' | 'unknown';
  readonly name: string;
}

/**
 * @param header basic header segment of a Login Request
 * @see RFC 7143, section 11.12 and 13
 */
export function readLogin(header: Buffer, data: Buffer): Login {
  const keys = new Map<string, string>();
  for (const pair of data.toString('latin1').split('\0')) {
    const at = pair.indexOf('=');
    if (at > 0) keys.set(pair.slice(0, at), printable(pair.slice(at + 1)));
  }
  return {
    target: keys.get('TargetName') ?? '(no target named)',
    initiator: keys.get('InitiatorName') ?? '(no name)',
    isDiscovery: keys.get('SessionType') === 'Discovery',
    identity: identityOf(header),
  };
}

/**
 * An iBFT hands the firmware's initiator name on to the kernel, so the name tells nothing; the ISID says whose code is
 * at work. iPXE uses Fen Systems' enterprise number 10019, open-iscsi the OUI 00:02:3d.
 *
 * @see RFC 7143, section 11.12.5: two type bits, then an OUI of 22 bits, an enterprise number of 24, or a random number
 */
function identityOf(header: Buffer): InitiatorIdentity {
  const type = header.readUInt8(8) >> 6;
  if (type === 1) return knownAs(`en:${header.readUIntBE(9, 3)}`);
  if (type === 0) return knownAs(`oui:${header.readUIntBE(8, 3).toString(16).padStart(6, '0')}`);
  return knownAs(type === 2 ? 'random' : 'reserved');
}

function knownAs(authority: string): InitiatorIdentity {
  if (authority === 'en:10019') return { authority, kind: 'firmware', name: 'iPXE' };
  if (authority === 'oui:00023d') return { authority, kind: 'kernel', name: 'open-iscsi' };
  return { authority, kind: 'unknown', name: `ISID ${authority}` };
}

/** RFC 7143, section 11.13.5: status class and detail of a Login Response. */
const STATUS: Readonly<Record<number, string>> = {
  0x0200: 'initiator error',
  0x0201: 'authentication failure',
  0x0202: 'authorization failure',
  0x0203: 'target not found',
  0x0204: 'target removed',
  0x0205: 'unsupported version',
  0x0206: 'too many connections',
  0x0207: 'missing parameter',
  0x0208: "can't include in session",
  0x0209: 'session type not supported',
  0x020a: 'session does not exist',
  0x020b: 'invalid during login',
  0x0300: 'target error',
  0x0301: 'service unavailable',
  0x0302: 'out of resources',
};

/** What a Login Response says: the login is over and good, it goes on, or it was refused and why. */
export type LoginAnswer =
  | { readonly state: 'goesOn' }
  | { readonly state: 'over' }
  | { readonly state: 'refused'; readonly status: string };

export function readLoginAnswer(header: Buffer): LoginAnswer {
  const status = header.readUInt16BE(36);
  // A redirection (class 1) is no refusal: the initiator goes on with another portal.
  if (status >> 8 === 1) return { state: 'over' };
  if (status !== 0) return { state: 'refused', status: STATUS[status] ?? `status 0x${status.toString(16)}` };
  // Transit bit, and full feature phase as the next stage.
  return { state: (header.readUInt8(1) & 0x83) === 0x83 ? 'over' : 'goesOn' };
}
