import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { exists } from './cache.js';
import { runTool } from './tool.js';

/** Packages laid out in directories of their own, nothing of them run or configured. */
export interface Unpacked {
  /** @throws FaultError PAY-008 when the package has no such file */
  path(name: string, file: string): Promise<string>;
  read(name: string, file: string): Promise<Buffer>;
}

/**
 * Unpacks every package below `directory`.
 * @param debs  package name -> verified .deb
 * @throws FaultError PAY-006
 */
export async function unpack(
  debs: ReadonlyMap<string, string>,
  directory: string,
  signal: AbortSignal,
): Promise<Unpacked> {
  await mkdir(directory);
  for (const [name, deb] of debs) await runTool({ argv: ['dpkg-deb', '-x', deb, join(directory, name)] }, signal);
  const path = async (name: string, file: string): Promise<string> => {
    const found = join(directory, name, file);
    if (await exists(found)) return found;
    throw new FaultError({ code: 'PAY-008', kind: 'package.incomplete', name, file });
  };
  return { path, read: async (name, file) => readFile(await path(name, file)) };
}
