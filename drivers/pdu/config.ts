import type { SwitchBudget } from '../../core/power/budget.js';
import type { PduModel } from './models/model.js';

/** A secret is asked for when a request is made, and kept no longer than that. */
export type Secret = () => Promise<string>;

export const AUTH_PROTOCOLS = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
export type AuthProtocol = (typeof AUTH_PROTOCOLS)[number];
/**
 * `aes` is AES-128 in CFB mode (RFC 3826); `aes256` has its key lengthened as Blumenthal's draft and net-snmp do.
 * DES is not among them: OpenSSL 3 has it no more.
 */
export const PRIVACY_PROTOCOLS = ['aes', 'aes256'] as const;
export type PrivacyProtocol = (typeof PRIVACY_PROTOCOLS)[number];

export type PduAccess =
  | { readonly version: '1' | '2c'; readonly community: Secret }
  | {
      readonly version: '3';
      readonly user: string;
      /** null: neither authentication nor privacy. */
      readonly authentication: { readonly protocol: AuthProtocol; readonly password: Secret } | null;
      /** Only with authentication (RFC 3411, section 3.4.3). */
      readonly privacy: { readonly protocol: PrivacyProtocol; readonly password: Secret } | null;
    };

export interface PduTiming {
  /** One request and its answer. A management card may take half a second. */
  readonly answer_ms: number;
  /** How often a request is sent; UDP loses some. */
  readonly tries: number;
  /** After the order, until the PDU says so of the outlet. */
  readonly settle_ms: number;
  readonly poll_ms: number;
  /** Between two switchings of one PDU. */
  readonly pause_ms: number;
  /** Everything before the order is given: the turn, the bank's budget, the pause. */
  readonly turn_ms: number;
}

export const PDU_TIMING: PduTiming = {
  answer_ms: 1000,
  tries: 3,
  settle_ms: 5000,
  poll_ms: 200,
  pause_ms: 0,
  turn_ms: 60_000,
};

export interface PduConfig {
  /** As the site calls it. */
  readonly name: string;
  readonly model: PduModel;
  readonly address: string;
  readonly port: number;
  readonly access: PduAccess;
  /** Of each bank; none: every outlet is switched at once. */
  readonly budget?: SwitchBudget;
  /** Which bank an outlet is in; those not named are in a bank of their own, together. */
  readonly banks?: Readonly<Record<string, string>>;
  readonly timing?: Partial<PduTiming>;
}
