import { openLun } from '../drivers/lun-store/open-lun.js';
import type { ServedLun, ServeLunOptions } from '../drivers/wire/services/iscsi/serve-lun.js';
import { serveLun } from '../drivers/wire/services/iscsi/serve-lun.js';

/**
 * A file as a LUN on a TCP port: a raw image, a clone, or with `clone` a fresh or earlier clone of it at that path.
 * @throws FaultError LUN-001 to LUN-010
 */
export function serveLunFile(
  options: Omit<ServeLunOptions, 'store'> & { readonly file: string; readonly clone?: string },
): Promise<ServedLun> {
  const { file, clone, ...rest } = options;
  const isReadOnly = options.isReadOnly ?? false;
  return serveLun({ ...rest, store: openLun({ file, isReadOnly, ...(clone === undefined ? {} : { clone }) }) });
}
