import type { PduModelName } from '../../../core/power/pdu-models.js';
import { apcMasterSwitch } from './apc-master-switch.js';
import { apcRpdu } from './apc-rpdu.js';
import { apcRpdu2 } from './apc-rpdu2.js';
import type { PduModel } from './model.js';
import { raritanPx } from './raritan-px.js';
import { raritanPx2 } from './raritan-px2.js';
import { servertechSentry3 } from './servertech-sentry3.js';
import { servertechSentry4 } from './servertech-sentry4.js';

/** Every model but the generic one, which a site describes itself. */
export const PDU_MODEL: Readonly<Record<Exclude<PduModelName, 'generic'>, PduModel>> = {
  'apc-master-switch': apcMasterSwitch,
  'apc-rpdu': apcRpdu,
  'apc-rpdu2': apcRpdu2,
  'raritan-px': raritanPx,
  'raritan-px2': raritanPx2,
  'servertech-sentry3': servertechSentry3,
  'servertech-sentry4': servertechSentry4,
};
