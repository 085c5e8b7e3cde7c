import { boot } from './boot.js';
import { bus } from './bus.js';
import { dashboard } from './dashboard.js';
import { dhcp } from './dhcp.js';
import { emulatedBmcs } from './emulated-bmcs.js';
import type { Topic } from './figure.js';
import { harness } from './harness.js';
import { images } from './images.js';
import { ipmi } from './ipmi.js';
import { journal } from './journal.js';
import { lun } from './lun.js';
import { multicast } from './multicast.js';
import { sim } from './sim.js';
import { simulators } from './simulators.js';
import { slots } from './slots.js';
import { wire } from './wire.js';

/** In the order of the table, the quick ones first. */
export const TOPICS: readonly Topic[] = [
  sim,
  simulators,
  journal,
  bus,
  dashboard,
  dhcp,
  ipmi,
  emulatedBmcs,
  lun,
  images,
  multicast,
  harness,
  wire,
  boot,
  slots,
];
