import type { SwitchBudget } from '../power/budget.js';
import type { PduModelName } from '../power/pdu-models.js';

/** Where a secret is to be read from. The secret itself never stands in a file of ours. */
export type SecretReference =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
  /** A program that prints it, and its arguments. */
  | { readonly from: 'command'; readonly argv: readonly [string, ...string[]] };

/** What a node's power goes through; `direct` is the emulator or the simulation itself. */
export const POWER_WAYS = ['direct', 'ipmi', 'redfish', 'pdu', 'wake-on-lan', 'manual'] as const;
export type PowerWay = (typeof POWER_WAYS)[number];

/** Who hears a node's console: whatever runs it, or its BMC, by serial over LAN. */
export const CONSOLE_WAYS = ['direct', 'sol'] as const;
export type ConsoleWay = (typeof CONSOLE_WAYS)[number];

export const IPMI_PRIVILEGES = ['user', 'operator', 'administrator'] as const;
export type IpmiPrivilege = (typeof IPMI_PRIVILEGES)[number];

/** Whether a BMC's certificate is verified, and against what. */
export type TlsTrust =
  | { readonly kind: 'verify' }
  /** A PEM file of certificates. */
  | { readonly kind: 'ca'; readonly file: string }
  | { readonly kind: 'insecure' };

export interface IpmiAccess {
  readonly protocol: 'ipmi';
  /** Name or address of a real BMC; null in an emulated rack, which has its own. */
  readonly address: string | null;
  readonly port: number;
  readonly user: string;
  readonly password: SecretReference;
  /** IPMI 2.0, table 22-20. */
  readonly cipherSuite: number;
  readonly privilege: IpmiPrivilege;
  readonly timing: IpmiTiming;
  /** The node's firmware is UEFI, so boot devices are set for that. */
  readonly isUefi: boolean;
}

/** How long a BMC and its machine may take. */
export interface IpmiTiming extends PowerTiming {
  /** Whole seconds until a datagram is sent again, one more each time. */
  readonly answer_s: number;
  /** How often it is sent. */
  readonly tries: number;
  /** How long a BMC that was restarted may take to answer again; 0: it is never restarted. */
  readonly restart_ms: number;
}

export interface PowerTiming {
  /** How long a power state, once acknowledged, may take to be read. */
  readonly settle_ms: number;
  /** How long a cycle leaves the node off. */
  readonly offFor_ms: number;
}

export interface RedfishAccess {
  readonly protocol: 'redfish';
  /** Scheme, host and port of a real service; null in an emulated rack, which has its own. */
  readonly url: string | null;
  /** Which of the service's systems; null: it has one. */
  readonly system: string | null;
  readonly user: string;
  readonly password: SecretReference;
  readonly tls: TlsTrust;
  readonly timing: PowerTiming;
}

export type BmcAccess = IpmiAccess | RedfishAccess;

/** One power cord of a node. */
export interface OutletRef {
  /** Name of a PDU of the site. */
  readonly pdu: string;
  /** As its vendor counts: `3`, or `2.1.3` where outlets stand in units and banks. */
  readonly outlet: string;
}

export const SNMP_AUTHS = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
/** DES is not among them: OpenSSL 3 has it no more. `aes` is AES-128 (RFC 3826); `aes256` as net-snmp has it. */
export const SNMP_PRIVACIES = ['aes', 'aes256'] as const;

/** Who we are to an SNMP agent. */
export type SnmpLogin =
  | { readonly version: '1' | '2c'; readonly community: SecretReference }
  | {
      readonly version: '3';
      readonly user: string;
      readonly auth: { readonly protocol: (typeof SNMP_AUTHS)[number]; readonly password: SecretReference } | null;
      readonly privacy: {
        readonly protocol: (typeof SNMP_PRIVACIES)[number];
        readonly password: SecretReference;
      } | null;
    };

/** How a PDU that no model of ours is like is switched: object identifiers that an outlet's number stands behind. */
export interface OutletControl {
  readonly state: string;
  /** Where it is written; null: where it is read. */
  readonly command: string | null;
  readonly on: number;
  readonly off: number;
  /** What is written; null: what is read. */
  readonly commandOn: number | null;
  readonly commandOff: number | null;
}

export interface Pdu {
  readonly name: string;
  readonly model: PduModelName;
  /** Name or address of a real PDU; null in an emulated rack, which has its own. */
  readonly address: string | null;
  readonly port: number;
  readonly login: SnmpLogin;
  /** Of the model `generic` alone. */
  readonly control: OutletControl | null;
  /** Between two switchings of any of its outlets. */
  readonly pause_ms: number;
  /** Of each of its banks; null: every outlet is switched on at once. */
  readonly budget: SwitchBudget | null;
  /** The outlets of each bank by its name; those not named are a bank of their own, together. */
  readonly banks: ReadonlyMap<string, readonly string[]>;
}

/** What metalrig has in its hands of one node. */
export interface NodeHands {
  readonly power: PowerWay;
  readonly bmc: BmcAccess | null;
  /** None: it is fed by what nobody switches. */
  readonly outlets: readonly OutletRef[];
  readonly console: ConsoleWay;
}
