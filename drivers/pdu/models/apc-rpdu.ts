import type { PduModel } from './model.js';

/**
 * APC Switched Rack PDU, first generation (AP7xxx); the second (AP8xxx) answers here too.
 * @see APC PowerNet-MIB, rPDUOutletStatusOutletState: outletStatusOn(1), outletStatusOff(2); and
 *      rPDUOutletControlOutletCommand: immediateOn(1), immediateOff(2), immediateReboot(3), delayed (5 to 7)
 * @see https://docs.openstack.org/ironic/latest/admin/drivers/snmp.html, apc_rackpdu: the same tree, and which PDUs
 */
export const apcRpdu: PduModel = {
  name: 'apc-rpdu',
  systems: ['1.3.6.1.4.1.318.1.3.4'],
  before: [],
  state: { column: '1.3.6.1.4.1.318.1.1.12.3.5.1.1.4', on: 1, off: 2, between: [] },
  command: { column: '1.3.6.1.4.1.318.1.1.12.3.3.1.1.4', on: 1, off: 2 },
};
