/** What was read back after a wipe, past all caches: all of it, and nothing in it but zeros. */
export interface WipeProof {
  readonly size_bytes: number;
  readonly read_bytes: number;
  /** Whether everything that was read was zero. */
  readonly isZero: boolean;
}

/** Whether the proof says that the next tenant can read nothing. */
export function isProven({ size_bytes, read_bytes, isZero }: WipeProof): boolean {
  return read_bytes === size_bytes && isZero;
}
