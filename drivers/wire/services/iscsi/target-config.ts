import type { BlockStore } from '../../../../core/ports/block-store.js';

/** One target and its LUNs. */
export interface TargetConfig {
  /** `iqn.2026-01.rig.metalrig:node-1` (RFC 7143, section 4.2.7). */
  readonly iqn: string;
  readonly luns: readonly LunConfig[];
  /**
   * Asked at the first login of somebody who may, and then never again as long as the target is there: what its LUNs
   * are, in place of `luns`. Null: none, and the login is refused.
   */
  readonly lunsAtLogin?: () => readonly LunConfig[] | null;
  /** Who may log in; everybody when it is not given. */
  readonly initiators?: InitiatorList;
  /** Initiators prove who they are by CHAP; no authentication when it is not given. */
  readonly chap?: ChapConfig;
}

export interface LunConfig {
  /** 0 to 16383. Boot firmware is told this number in its root path. */
  readonly number: number;
  readonly store: BlockStore;
  readonly isReadOnly?: boolean;
  /** What the initiator is told to align to; one block when it is not given. */
  readonly physicalBlock_bytes?: number;
}

/** A list that is given must hold the initiator; where both are given, both must. */
export interface InitiatorList {
  /** IP addresses as the stream names them: `10.99.0.101`. */
  readonly addresses?: readonly string[];
  readonly names?: readonly string[];
}

export interface ChapConfig {
  readonly user: string;
  readonly secret: string;
  /** What the target answers with when the initiator asks it to prove itself too. */
  readonly mutual?: { readonly user: string; readonly secret: string };
}

export function allows(list: InitiatorList | undefined, address: string, name: string): boolean {
  if (list?.addresses !== undefined && !list.addresses.includes(address)) return false;
  // Names compare without case, as they are normalised to lower case (RFC 3722).
  return list?.names === undefined || list.names.some((one) => one.toLowerCase() === name.toLowerCase());
}
