import { FaultError } from '../../core/faults/fault.js';
import type { PlayWorld } from '../world.js';

export const playEmulated: PlayWorld = () =>
  Promise.reject(new FaultError({ code: 'HOST-000', kind: 'host.placeholder' }));
