import type { PduModel } from './model.js';

/**
 * Raritan Dominion PX, first generation. One object is read and written.
 * @see Raritan PDU-MIB, revision of 2016-02-22 (github.com/librenms/librenms, mibs/raritan/PDU-MIB): outletEntry 3,
 *      outletOperationalState, read-write: error(-1), off(0), on(1), cycling(2)
 */
export const raritanPx: PduModel = {
  name: 'raritan-px',
  systems: ['1.3.6.1.4.1.13742.4', '1.3.6.1.4.1.13742.1'],
  before: [],
  state: { column: '1.3.6.1.4.1.13742.4.1.2.2.1.3', on: 1, off: 0, between: [2] },
  command: { column: '1.3.6.1.4.1.13742.4.1.2.2.1.3', on: 1, off: 0 },
};
