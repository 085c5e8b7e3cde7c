/** One image on its way to several nodes at once by multicast. */
export interface Transfer {
  readonly size_bytes: number;
  /** From 1 on; who drops out in the middle counts as there. */
  readonly receivers: number;
  /** Share of the datagrams that each receiver loses by itself, 0 up to, not including, 1. */
  readonly loss: number;
}

/** drivers/wire's multicast: frames of 1,482 bytes with 1,408 of the image in each, and a poll of 118 for 64. */
const BLOCK_BYTES = 1408;
const FRAME_BYTES = 1482;
const POLL_BYTES = 118;
const WINDOW_BLOCKS = 64;

/** Joins, the wait for the last status, and the farewells. */
export const PARLEY_MS = 60;

/** What the store sends, in bytes of whole Ethernet frames; tests hold it against the driver's runs in virtual time. */
export function sentBytes({ loss, receivers, size_bytes }: Transfer): number {
  const blocks = Math.ceil(size_bytes / BLOCK_BYTES);
  const sends = expectedSends(loss, receivers);
  // A poll behind each window, and behind each round of repairs.
  const rounds = Math.ceil(blocks / WINDOW_BLOCKS) * (1 + chanceOfRepair(loss, receivers));
  return Math.round(blocks * sends * FRAME_BYTES + rounds * POLL_BYTES);
}

/** How often a block goes out until the last of the receivers has it: the mean of the greatest of n geometric draws. */
function expectedSends(loss: number, receivers: number): number {
  let sends = 0;
  for (let lost = 1; lost > 1e-9; lost *= loss) sends += 1 - (1 - lost) ** receivers;
  return sends;
}

/** That anybody lacks anything of a window. */
function chanceOfRepair(loss: number, receivers: number): number {
  return 1 - (1 - loss) ** (receivers * WINDOW_BLOCKS);
}
