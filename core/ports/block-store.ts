/**
 * A disk's blocks, as whoever serves a LUN needs them. Synchronous, since a target answers inside its frame handler.
 * Offsets and lengths are bytes and whole blocks; the caller has checked them against `size_bytes`.
 * Every method throws FaultError (LUN-...) when the medium fails; a failed write leaves alone what it did not reach.
 */
export interface BlockStore {
  readonly size_bytes: number;
  readonly block_bytes: number;
  readonly isReadOnly: boolean;
  /** Tells this disk from every other one and stays with it: the serial number that an initiator is shown. */
  readonly serial: string;
  /** May be a view of what the store keeps: the caller does not change it, and the store never changes it again. */
  read(offset: number, length: number): Uint8Array;
  /** Copies or stores `data` before it returns. */
  write(offset: number, data: Uint8Array): void;
  /** Everything written before is on stable storage when this returns. */
  flush(): void;
  /** Absent where the store is not thin. */
  readonly thin?: ThinStore;
  close(): void;
}

export interface ThinStore {
  /** `unmap` frees whole runs of so many bytes, aligned to it; what is left over at either end is zeroed instead. */
  readonly granularity_bytes: number;
  /** Reads as zeros afterwards. */
  unmap(offset: number, length: number): void;
  /** How the run of blocks at `offset` stands, and how long the run is, up to `limit` bytes. */
  extent(offset: number, limit: number): { readonly isMapped: boolean; readonly length: number };
}
