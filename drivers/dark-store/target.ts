import { closeSync, ftruncateSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { attempt, fullOr } from './attempt.js';
import { blockDeviceBytes } from './raw-file.js';

/** Where in a file or on a device. */
export interface Place {
  readonly path: string;
  readonly offset_bytes: number;
}

export interface Target {
  readonly path: string;
  readonly size_bytes: number;
}

/** A file appears under its name when it is whole; only a block device is written where it is. */
export async function withTarget(
  target: string,
  size_bytes: number,
  fill: (target: Target) => Promise<void>,
): Promise<void> {
  const status = attempt(target, () => lstatSync(target, { throwIfNoEntry: false }));
  if (status?.isBlockDevice() === true) {
    await fill({ path: target, size_bytes: blockDeviceBytes(target) });
    return;
  }
  if (status !== undefined) throw new FaultError({ code: 'IMG-017', kind: 'target.exists', path: target });
  const path = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  try {
    attempt(path, () => {
      const descriptor = openSync(path, 'w', 0o600);
      ftruncateSync(descriptor, size_bytes);
      closeSync(descriptor);
    });
    await fill({ path, size_bytes });
    attempt(target, () => renameSync(path, target));
  } catch (thrown) {
    throw fullOr(dirname(path), thrown);
  } finally {
    rmSync(path, { force: true });
  }
}

export function writeAt(path: string, bytes: Uint8Array | null, offset_bytes: number): void {
  if (bytes === null) return;
  attempt(path, () => {
    const descriptor = openSync(path, 'r+');
    try {
      writeSync(descriptor, bytes, 0, bytes.length, offset_bytes);
    } finally {
      closeSync(descriptor);
    }
  });
}
