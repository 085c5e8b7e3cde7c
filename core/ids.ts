import { FaultError } from './faults/fault.js';

declare const brand: unique symbol;
/** A primitive that only its own maker can produce. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type NodeId = Brand<string, 'NodeId'>;
export type ReservationId = Brand<string, 'ReservationId'>;
export type MachineId = Brand<string, 'MachineId'>;

const NODE_ID = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * The only way to get a NodeId: a DNS label, as it becomes the DHCP hostname.
 * @throws FaultError CFG-001
 * @see RFC 1123, section 2.1
 */
export function nodeId(text: string): NodeId {
  if (!NODE_ID.test(text)) throw new FaultError({ code: 'CFG-001', kind: 'node.badName', text });
  return text as NodeId;
}

/** A reservation's name is its number in the order of asking: `r1`, `r2`, ... */
export function reservationId(number: number): ReservationId {
  return `r${number}` as ReservationId;
}

/** Text that has the form of a reservation's name, else null. Whether there is such a one only the schedule knows. */
export function reservationNamed(text: string): ReservationId | null {
  return /^r[1-9]\d{0,8}$/.test(text) ? (text as ReservationId) : null;
}

/** `boot:root1`, `image:robots`: which machine, of which node, image or reservation. */
export function machineId(kind: string, of: string): MachineId {
  return `${kind}:${of}` as MachineId;
}
