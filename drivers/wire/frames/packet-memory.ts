/** Some 80 packets of 1,500 bytes. Node's own pool holds five, and what its buffers cost is paid by the buffer. */
const SLAB_BYTES = 1 << 17;

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let used_bytes = 0;

/**
 * Memory for a packet that is soon gone: a piece of a slab that lives as long as the longest-lived packet in it. What
 * it holds is left over from others.
 */
export function packetMemory(size_bytes: number): Buffer {
  if (size_bytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(size_bytes);
  if (used_bytes + size_bytes > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used_bytes = 0;
  }
  const at = used_bytes;
  used_bytes += size_bytes;
  return slab.subarray(at, used_bytes);
}
