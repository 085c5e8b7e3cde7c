import type { PduModel } from './model.js';

/**
 * APC Switched Rack PDU, second generation (AP84xx, AP86xx, AP89xx, AP79xxB).
 * State and command count the other way round: what is off(1) and on(2) to read is on(1) and off(2) to write.
 * @see APC PowerNet-MIB, rPDU2OutletSwitchedStatusState: off(1), on(2); and
 *      rPDU2OutletSwitchedControlCommand: immediateOn(1), immediateOff(2), immediateReboot(3), delayed (5 to 7)
 */
export const apcRpdu2: PduModel = {
  name: 'apc-rpdu2',
  systems: ['1.3.6.1.4.1.318.1.3.4'],
  before: [],
  state: { column: '1.3.6.1.4.1.318.1.1.26.9.2.3.1.5', on: 2, off: 1, between: [] },
  command: { column: '1.3.6.1.4.1.318.1.1.26.9.2.4.1.5', on: 1, off: 2 },
};
