/** Where a secret is to be read from. The secret itself never stands in a file of ours. */
export type SecretReference =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }
  /** A program that prints it, and its arguments. */
  | { readonly from: 'command'; readonly argv: readonly [string, ...string[]] };

/** What a node's power goes through; `direct` is the emulator or the simulation itself. */
export const POWER_WAYS = ['direct', 'ipmi', 'redfish', 'pdu', 'wake-on-lan', 'manual'] as const;
export type PowerWay = (typeof POWER_WAYS)[number];

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
}

export type BmcAccess = IpmiAccess | RedfishAccess;

/** One power cord of a node. */
export interface OutletRef {
  /** Name of a PDU of the site. */
  readonly pdu: string;
  /** As the PDU numbers it. */
  readonly outlet: number;
}

export const PDU_MODELS = ['apc-rpdu', 'apc-master-switch', 'raritan', 'servertech', 'generic'] as const;
export type PduModel = (typeof PDU_MODELS)[number];

export const SNMP_AUTHS = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
export const SNMP_PRIVACIES = ['des', 'aes', 'aes256b', 'aes256r'] as const;

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

/** How a PDU that no model of ours is like is switched. */
export interface OutletControl {
  /** The outlet's number stands behind it. */
  readonly oid: string;
  readonly on: number;
  readonly off: number;
}

export interface Pdu {
  readonly name: string;
  readonly model: PduModel;
  /** Name or address of a real PDU; null in an emulated rack, which has its own. */
  readonly address: string | null;
  readonly port: number;
  readonly login: SnmpLogin;
  /** Of the model `generic` alone. */
  readonly control: OutletControl | null;
  /** Between two outlets that are switched on one after the other, in ms; null: as the model needs it. */
  readonly between_ms: number | null;
  /** How often its outlets together may be cycled in an hour; null: no limit. */
  readonly cyclesPerHour: number | null;
}

/** What metalrig has in its hands of one node. */
export interface NodeHands {
  readonly power: PowerWay;
  readonly bmc: BmcAccess | null;
  /** None: it is fed by what nobody switches. */
  readonly outlets: readonly OutletRef[];
}
