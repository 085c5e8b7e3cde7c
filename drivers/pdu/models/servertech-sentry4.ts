import type { PduModel } from './model.js';

/**
 * Server Technology PRO1 and PRO2, firmware 8. An outlet's index is unit, input cord and its own.
 * @see Server Technology Sentry4-MIB (github.com/librenms/librenms, mibs/sentry/Sentry4-MIB), st4OutletState
 *      (DeviceState: unknown(0), on(1), off(2)) and st4OutletControlAction: none(0), on(1), off(2), reboot(3), queued
 *      (4 to 6)
 */
export const servertechSentry4: PduModel = {
  name: 'servertech-sentry4',
  systems: ['1.3.6.1.4.1.1718.4'],
  before: [1, 1],
  state: { column: '1.3.6.1.4.1.1718.4.1.8.3.1.1', on: 1, off: 2, between: [] },
  command: { column: '1.3.6.1.4.1.1718.4.1.8.5.1.2', on: 1, off: 2 },
};
