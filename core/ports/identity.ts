import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

/** What a BMC or a PDU says it is. What it doesn't say is null. */
export interface Identity {
  readonly protocol: 'ipmi' | 'redfish' | 'snmp';
  /** Such as `2.0`, `1.15.0`, `2c`. */
  readonly protocolVersion: string | null;
  readonly manufacturer: string | null;
  readonly product: string | null;
  readonly serial: string | null;
  /** Version of the BMC's own firmware. */
  readonly firmware: string | null;
  /** Of the system, five groups of lower-case hexadecimal digits. */
  readonly guid: string | null;
}

export interface IdentityPort {
  read(node: NodeId, signal: AbortSignalLike): Promise<Identity>;
}
