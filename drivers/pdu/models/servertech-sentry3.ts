import type { PduModel } from './model.js';

/**
 * Server Technology Sentry Switched CDU, firmware 5 to 7. An outlet's index is tower, infeed and its own.
 * @see Server Technology Sentry3-MIB, revision of 2016-01-25 (github.com/librenms/librenms, mibs/sentry/Sentry3-MIB):
 *      outletEntry 5, outletStatus: off(0), on(1), offWait(2), onWait(3), offError(4), onError(5), noComm(6),
 *      reading(7), offFuse(8), onFuse(9); outletEntry 11, outletControlAction: none(0), on(1), off(2), reboot(3);
 *      INDEX { towerIndex, infeedIndex, outletIndex }
 */
export const servertechSentry3: PduModel = {
  name: 'servertech-sentry3',
  systems: ['1.3.6.1.4.1.1718.3'],
  before: [1, 1],
  state: { column: '1.3.6.1.4.1.1718.3.2.3.1.5', on: 1, off: 0, between: [2, 3, 7] },
  command: { column: '1.3.6.1.4.1.1718.3.2.3.1.11', on: 1, off: 2 },
};
