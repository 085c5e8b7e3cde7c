/** One image on its way to several nodes at once by multicast, where the network or the slowest node is the limit. */
export interface Transfer {
  readonly size_bytes: number;
  /** From 1 on; who drops out in the middle counts as there. */
  readonly receivers: number;
  /** Of the store's link, in bytes of whole Ethernet frames. */
  readonly bandwidth_bytes_per_s: number;
  /** Share of the datagrams that each receiver loses by itself, 0 up to, not including, 1. */
  readonly loss: number;
  /** What the slowest node unpacks and writes in a second; the network alone is the limit when it is not told. */
  readonly slowest_bytes_per_s?: number;
}

export interface TransferCost {
  /** What the store sends, in bytes of whole Ethernet frames. */
  readonly sent_bytes: number;
  readonly took_ms: number;
}

/** drivers/wire's multicast: frames of 1,482 bytes with 1,408 of the image in each, and a poll of 118 for 64. */
const BLOCK_BYTES = 1408;
const FRAME_BYTES = 1482;
const POLL_BYTES = 118;
const WINDOW_BLOCKS = 64;
/** Joins, the wait for the last status, and the farewells. */
const FIXED_MS = 60;

/** What a multicast transfer costs; the tests hold it against the sender's own runs in virtual time. */
export function multicastCost({ loss, receivers, size_bytes, ...limits }: Transfer): TransferCost {
  const blocks = Math.ceil(size_bytes / BLOCK_BYTES);
  const sends = expectedSends(loss, receivers);
  // A poll behind each window, and behind each round of repairs.
  const rounds = Math.ceil(blocks / WINDOW_BLOCKS) * (1 + chanceOfRepair(loss, receivers));
  const sent_bytes = Math.round(blocks * sends * FRAME_BYTES + rounds * POLL_BYTES);
  const network_s = sent_bytes / limits.bandwidth_bytes_per_s;
  const writing_s = size_bytes / (limits.slowest_bytes_per_s ?? Infinity);
  return { sent_bytes, took_ms: Math.round(FIXED_MS + 1_000 * Math.max(network_s, writing_s)) };
}

/** The same image to each node by itself (HTTP), all at once over the store's one link. */
export function unicastCost({ loss, receivers, size_bytes, ...limits }: Transfer): TransferCost {
  // A segment of 1,460 bytes in a frame of 1,514; each copy pays for its own losses.
  const sent_bytes = Math.round((receivers * size_bytes * (1514 / 1460)) / (1 - loss));
  const network_s = sent_bytes / limits.bandwidth_bytes_per_s;
  const writing_s = size_bytes / (limits.slowest_bytes_per_s ?? Infinity);
  return { sent_bytes, took_ms: Math.round(FIXED_MS + 1_000 * Math.max(network_s, writing_s)) };
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
