import { faultOf } from '../../../core/faults/fault.js';

/** The bytes in portions of these sizes, and what is left. */
export function pieces(bytes: Buffer, sizes_bytes: readonly number[]): readonly Buffer[] {
  const found: Buffer[] = [];
  let rest = bytes;
  for (const size_bytes of sizes_bytes) {
    found.push(rest.subarray(0, size_bytes));
    rest = rest.subarray(size_bytes);
  }
  return [...found, rest];
}

/** The Fault that it is rejected with, or what else it is rejected with; null when it is not. */
export async function faultIn(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (thrown: unknown) => faultOf(thrown) ?? thrown,
  );
}
