import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';

/** How long one datagram may be unanswered, and how often it is sent: ipmitool's -N and -R. */
export interface IpmiTiming {
  /** Whole seconds to the first answer; each try waits one longer than the one before. */
  readonly answer_s: number;
  readonly tries: number;
}

export type Privilege = 'USER' | 'OPERATOR' | 'ADMINISTRATOR';

/** One BMC as the site describes it. Plain data, and no secret among it. */
export interface IpmiConfig {
  readonly node: NodeId;
  /** A name, or an IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Always given: without it ipmitool asks which there are, and a BMC that does not tell costs 10 s a call. */
  readonly cipherSuite: number;
  readonly privilege: Privilege;
  readonly timing: IpmiTiming;
  /** How long a power state, once acknowledged, may take to be read. */
  readonly settle_ms: number;
  /** How long `cycle` leaves the node off. */
  readonly offFor_ms: number;
  /** How long a BMC that was restarted may take to answer again; 0: it is never restarted. */
  readonly restart_ms: number;
  /** The node's firmware is UEFI, so boot devices are set for that. */
  readonly isUefi: boolean;
}

/** What nearly every site leaves as it is. */
export const IPMI_DEFAULTS = {
  port: 623,
  cipherSuite: 3,
  privilege: 'ADMINISTRATOR',
  timing: { answer_s: 1, tries: 2 },
  // Boards with much memory take 10 to 20 s to report what they were told.
  settle_ms: 30_000,
  // Capacitors of power supplies hold a board up for a second or two.
  offFor_ms: 5_000,
  // Two minutes are common for a BMC's own start.
  restart_ms: 180_000,
  isUefi: false,
} as const satisfies Partial<IpmiConfig>;

export interface IpmiParts {
  readonly clock: Clock;
  /** Asked anew at each call, and kept nowhere. */
  readonly password: () => Promise<string>;
  /** What was noticed about the BMC, though it was worked around. */
  readonly notice: (fault: Fault) => void;
}

/** Which BMC, for faults. */
export function bmcOf({ node, address, port }: IpmiConfig): { readonly node: NodeId; readonly bmc: string } {
  return { node, bmc: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
}
