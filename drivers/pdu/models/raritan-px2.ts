import type { PduModel } from './model.js';

/**
 * Raritan PX2 and PX3. An outlet's index is the PDU's, 1 unless cascaded, and its own.
 * @see Raritan PDU2-MIB, outletSwitchingState (SensorStateEnumeration: on(7), off(8)) and
 *      switchingOperation: off(0), on(1), cycle(2)
 * @see github.com/networkupstools/nut, drivers/raritan-px2-mib.c: the same state, and its values
 */
export const raritanPx2: PduModel = {
  name: 'raritan-px2',
  systems: ['1.3.6.1.4.1.13742.6'],
  before: [1],
  state: { column: '1.3.6.1.4.1.13742.6.4.1.2.1.3', on: 7, off: 8, between: [] },
  command: { column: '1.3.6.1.4.1.13742.6.4.1.2.1.2', on: 1, off: 0 },
};
