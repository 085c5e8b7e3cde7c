import type { PduModel } from './model.js';

/**
 * APC MasterSwitch (AP9210 to AP9225), and the older tree of AP79xx. One object is read and written.
 * @see APC PowerNet-MIB, sPDUOutletCtl: outletOn(1), outletOff(2), outletReboot(3), outletUnknown(4), delayed (5 to 7)
 * @see https://docs.openstack.org/ironic/latest/admin/drivers/snmp.html, apc_masterswitch: the same object
 */
export const apcMasterSwitch: PduModel = {
  name: 'apc-master-switch',
  // PowerNet-MIB, masterswitch: the systems of all of APC's switched PDUs.
  systems: ['1.3.6.1.4.1.318.1.3.4'],
  before: [],
  state: { column: '1.3.6.1.4.1.318.1.1.4.4.2.1.3', on: 1, off: 2, between: [] },
  command: { column: '1.3.6.1.4.1.318.1.1.4.4.2.1.3', on: 1, off: 2 },
};
