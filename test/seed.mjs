// Loaded before a test file (`node --import ./test/seed.mjs FILE`): all its properties begin at one seed, so that the
// same tree always gives the same answer. METALRIG_TEST_SEED is a whole number for another one, or `random` for a fresh
// one. What a property says of its own (`numRuns`, a seed) stands above it.
import fc from 'fast-check';

const PINNED = 20_261_121;
const FEWEST = -(2 ** 31);

fc.configureGlobal({ seed: seedOf(process.env.METALRIG_TEST_SEED) });

/** @returns 32 bits, signed, as fast-check prints its seeds */
export function freshSeed() {
  return FEWEST + Math.floor(Math.random() * 2 ** 32);
}

export function seedOf(text = String(PINNED)) {
  if (text === 'random') return freshSeed();
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || text.trim() === '') {
    throw new Error(`METALRIG_TEST_SEED is '${text}': set it to a whole number, or to random`);
  }
  return seed;
}
