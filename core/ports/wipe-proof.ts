/** What was read back after a wipe, past all caches: all of it, and nothing in it but zeros. */
export interface WipeProof {
  readonly size_bytes: number;
  readonly read_bytes: number;
  /** Whether everything that was read was zero. */
  readonly isZero: boolean;
}

/** One proof for what lay in several places; of nothing at all it says that nothing is left. */
export function sumOf(proofs: readonly WipeProof[]): WipeProof {
  return {
    size_bytes: proofs.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    read_bytes: proofs.reduce((sum, { read_bytes }) => sum + read_bytes, 0),
    isZero: proofs.every(({ isZero }) => isZero),
  };
}

/** Whether the proof says that the next tenant can read nothing. */
export function isProven({ size_bytes, read_bytes, isZero }: WipeProof): boolean {
  return read_bytes === size_bytes && isZero;
}
