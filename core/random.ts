/** A source of chance. Everything drawn in a run comes from one seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/**
 * mulberry32: 32 bits of state, one multiply-mix a draw; enough for stage durations and mishap draws, not for secrets.
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
}
