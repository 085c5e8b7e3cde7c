import { fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';

/** @throws FaultError LUN-001 */
export function openFile(file: string, flags: 'r' | 'r+' | 'wx+'): number {
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    throw new FaultError({ code: 'LUN-001', kind: 'image.missing', file, why: whyOf(error) }, error);
  }
}

/** What the system said: its error code where it gave one (`ENOENT`). */
export function whyOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** Size and modification time in nanoseconds. */
export function identityOf(
  file: string,
  descriptor: number,
): { readonly size_bytes: number; readonly modifiedAt_ns: bigint } {
  const { size, mtimeNs } = attempt(file, () => fstatSync(descriptor, { bigint: true }));
  return { size_bytes: Number(size), modifiedAt_ns: mtimeNs };
}

/**
 * Fills `into` from `position`.
 * @throws FaultError LUN-002 where the file ends before that, LUN-008
 */
export function readFully(
  file: string,
  descriptor: number,
  { into, position }: { into: Buffer; position: number },
): void {
  let done = 0;
  while (done < into.length) {
    const got = attempt(file, () => readSync(descriptor, into, done, into.length - done, position + done));
    if (got === 0) {
      const expected_bytes = position + into.length;
      throw new FaultError({
        code: 'LUN-002',
        kind: 'image.truncated',
        file,
        expected_bytes,
        actual_bytes: position + done,
      });
    }
    done += got;
  }
}

/** @throws FaultError LUN-004 when the disk is full, LUN-008 */
export function writeFully(
  file: string,
  descriptor: number,
  { from, position }: { from: Uint8Array; position: number },
): void {
  let done = 0;
  while (done < from.length) {
    done += attempt(file, () => writeSync(descriptor, from, done, from.length - done, position + done));
  }
}

/** @throws FaultError LUN-004 for a full disk or quota, LUN-008 for anything else that the system refuses */
export function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = whyOf(error);
    if (why === 'ENOSPC' || why === 'EDQUOT') throw new FaultError({ code: 'LUN-004', kind: 'disk.full', file }, error);
    throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file, why }, error);
  }
}
