import { inProcessBus } from '../../../core/bus/in-process.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { busContract } from '../../contracts/bus.contract.js';

busContract('in process', async (service) => {
  const { host, join, close } = inProcessBus({ service, clock: systemClock() });
  let joined = 0;
  return {
    host,
    close,
    join: async (role, hands) => {
      joined += 1;
      return join({ component: `c${joined}`, ...hands, stream: `stream-${joined}` }, role);
    },
  };
});
