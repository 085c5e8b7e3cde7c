import { homedir } from 'node:os';
import { join } from 'node:path';
import { COMPRESSIONS } from '../../../core/image/part-name.js';
import { DarkStore, type DarkStoreOptions } from '../../../drivers/dark-store/driver.js';
import { usage, type Given } from '../../cli/command.js';

const COMMAND = { name: 'image' };

/** The shelf that a command means. */
export function openStore(given: Given, more: Omit<DarkStoreOptions, 'directory'> = {}): DarkStore {
  return new DarkStore({ directory: storeDirectory(given), ...more });
}

/** @see XDG Base Directory Specification 0.8: a relative path there is to be ignored */
export function storeDirectory(given: Given): string {
  const { METALRIG_STORE: store = '', XDG_DATA_HOME: data = '' } = process.env;
  const asked = given.text('store');
  if (asked === '') throw usage(COMMAND, '--store takes a directory');
  if (asked !== undefined) return asked;
  if (store !== '') return store;
  return join(data.startsWith('/') ? data : join(homedir(), '.local', 'share'), 'metalrig', 'images');
}

/** How images are made, where it was said. */
export function makingOf(given: Given): Omit<DarkStoreOptions, 'directory'> {
  const compression = choice(given, 'compress', COMPRESSIONS);
  const split = given.number('split');
  if (split === 0) throw usage(COMMAND, '--split takes at least 1');
  return {
    ...(compression === null ? {} : { compression }),
    ...(split === undefined ? {} : { split_bytes: split * 1_000_000 }),
  };
}

/** @returns null when it was not given @throws FaultError CLI-001 */
export function choice<T extends string>(given: Given, option: string, known: readonly T[]): T | null {
  const text = given.text(option);
  if (text === undefined) return null;
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usage(COMMAND, `--${option} takes ${known.join(' or ')}, not ${JSON.stringify(text)}`);
}
