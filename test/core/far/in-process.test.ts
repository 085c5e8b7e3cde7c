import { inProcessBus } from '../../../core/bus/in-process.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { farHandsContract } from '../../contracts/far-hands.contract.js';

farHandsContract('in process', async (service) => {
  const { host, join, close } = inProcessBus({ service, clock: systemClock() });
  let joined = 0;
  return {
    host,
    close,
    join: async (hands) => {
      joined += 1;
      return join({ ...hands, stream: `stream-${joined}` }, 'operate');
    },
  };
});
