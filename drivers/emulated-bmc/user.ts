import { FaultError } from '../../core/faults/fault.js';
import type { BmcUser } from './conf.js';

/** @see IPMI 2.0 rev 1.1, sections 22.28 and 22.30 */
const NAME_BYTES = 16;
const PASSWORD_BYTES = 20;
/** What the simulator reads between quotes: ASCII but for blanks, the quote and the backslash. Its form in
 * hexadecimal digits, which could hold all, refuses every one of them (measured). */
const PLAIN = /^[!#-[\]-~]*$/;

/** @throws FaultError EBM-003, which says what is wrong with the user and never the password */
export function checkedUser(node: string, user: BmcUser): BmcUser {
  const why = complaint(user);
  if (why === null) return user;
  throw new FaultError({ code: 'EBM-003', kind: 'bmcUser.unfit', node, why });
}

function complaint({ name, password }: BmcUser): string | null {
  if (name === '' || !PLAIN.test(name)) return 'its name is empty, or not plain ASCII';
  if (name.length > NAME_BYTES) return `its name has ${name.length} bytes, more than ${NAME_BYTES}`;
  if (password === '') return 'its password is empty';
  if (password.length > PASSWORD_BYTES) return `its password has more than ${PASSWORD_BYTES} bytes`;
  return PLAIN.test(password) ? null : 'its password holds a blank, a quote, a backslash or what is not ASCII';
}
