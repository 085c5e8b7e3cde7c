import type { Mac } from '../address.js';

/**
 * How far each node has come in this boot: the one thing that DHCP itself cannot see. QEMU's NIC ROM is an iPXE and
 * asks in the very same words as the iPXE it then loads: only whether the boot file was delivered tells the two apart.
 */
export interface NetbootMemory {
  /** TFTP has delivered the boot file since the node's last power-on, so its next DHCP comes from what was loaded. */
  bootFileLoaded(mac: Mac): boolean;
  markBootFileLoaded(mac: Mac): void;
  /** The loaded program was given its root path in this transaction: an iPXE asking in another one has started anew. */
  markRootPathGiven(mac: Mac, xid: number): void;
  /** The transaction in which the root path was given in this boot, null before that. */
  rootPathGivenIn(mac: Mac): number | null;
  /** Power-on, reset, or firmware seen at work: the node knows nothing any more. */
  reset(mac: Mac): void;
}

interface Progress {
  readonly rootPathGivenIn: number | null;
}

/** A memory in which no node has loaded anything yet. It holds one small entry for each node that has. */
export function openNetbootMemory(): NetbootMemory {
  const loaded = new Map<Mac, Progress>();
  return {
    bootFileLoaded: (mac) => loaded.has(mac),
    markBootFileLoaded: (mac) => void loaded.set(mac, { rootPathGivenIn: null }),
    markRootPathGiven(mac, xid) {
      if (loaded.has(mac)) loaded.set(mac, { rootPathGivenIn: xid });
    },
    rootPathGivenIn: (mac) => loaded.get(mac)?.rootPathGivenIn ?? null,
    reset: (mac) => void loaded.delete(mac),
  };
}
