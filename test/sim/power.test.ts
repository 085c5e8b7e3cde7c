import type { Clock } from '../../core/clock.js';
import { nodeId } from '../../core/ids.js';
import { VirtualClock } from '../../sim/clock.js';
import { BMC_ANSWER_MS } from '../../sim/drivers/perform.js';
import { simBootDevice, simPower, type SimBmcParts } from '../../sim/drivers/power.js';
import { measuredTimes } from '../../sim/stages/times.js';
import { World } from '../../sim/world.js';
import { bootDeviceContract } from '../contracts/boot-device.contract.js';
import { powerContract } from '../contracts/power.contract.js';
import { simFacts } from '../arbitraries/worlds.js';

const node = nodeId('root1');

/** Moves on by one timer whenever somebody waits for one, so that promises of virtual time are kept. */
function pumped(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    setTimer: (delay_ms, fire) => {
      queueMicrotask(() => clock.step());
      return clock.setTimer(delay_ms, fire);
    },
  };
}

function open(): SimBmcParts & { readonly switchings: { on: number; off: number } } {
  const clock = new VirtualClock();
  const switchings = { on: 0, off: 0 };
  const world = new World({
    clock,
    nodes: [simFacts('root1')],
    seed: 1,
    times: measuredTimes,
    tftpSlots: 1,
    observe: (observation) => {
      if (observation.kind !== 'reached') return;
      if (observation.stage === 'firmware') switchings.on += 1;
      if (observation.stage === 'off') switchings.off += 1;
    },
  });
  return { clock: pumped(clock), world, bmcAnswer_ms: BMC_ANSWER_MS, switchings };
}

const closed = async (): Promise<void> => {};

powerContract('simulation', async () => {
  const parts = open();
  const { switchings } = parts;
  return { power: simPower(parts), node, switchings: () => ({ ...switchings }), [Symbol.asyncDispose]: closed };
});

bootDeviceContract('simulation', async () => {
  const parts = open();
  const { world } = parts;
  const power = simPower(parts);
  const { signal } = new AbortController();
  const triedFirst = async () => {
    await power.ensure(node, 'on', signal);
    const device = world.triedFirst(node);
    await power.ensure(node, 'off', signal);
    if (device === null) throw new Error('the firmware has tried nothing');
    return device;
  };
  return { bootDevice: simBootDevice(parts), node, triedFirst, [Symbol.asyncDispose]: closed };
});
