import { join as path } from 'node:path';
import t from 'tap';
import type { BusService } from '../../../core/bus/bus.js';
import { ROLES } from '../../../core/bus/role.js';
import { parseAddress, type BusAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { joinBus } from '../../../drivers/zmq-bus/join.js';
import { Keychain } from '../../../drivers/zmq-bus/keychain.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { busContract, type OpenedBus } from '../../contracts/bus.contract.js';
import { farHandsContract } from '../../contracts/far-hands.contract.js';
import { scratchOf } from '../../run-metalrig.js';

async function opened(service: BusService, address: BusAddress, keychain: Keychain | null): Promise<OpenedBus> {
  const clock = systemClock();
  const keys = keychain?.rackKeys() ?? null;
  const { host, addresses, close } = await openHost({ service, clock, listen: [{ address, keys }] });
  const [there = address] = addresses;
  let joined = 0;
  return {
    host,
    close,
    join: (role, hands) => {
      joined += 1;
      const own = keychain?.componentKeys(role) ?? null;
      return joinBus({ address: there, clock, component: `c${joined}`, role, keys: own, ...hands });
    },
  };
}

async function keysIn(folder: string): Promise<Keychain> {
  const keychain = new Keychain(folder);
  await keychain.init();
  for (const role of ROLES) await keychain.add(role, role);
  return keychain;
}

const overIpc = (service: BusService): Promise<OpenedBus> => {
  const folder = path(scratchOf(t), 'bus');
  return opened(service, parseAddress(`ipc://${folder}`), null);
};

const overTcp = async (service: BusService): Promise<OpenedBus> => {
  const keychain = await keysIn(path(scratchOf(t), 'keys'));
  return opened(service, parseAddress('tcp://127.0.0.1:0'), keychain);
};

busContract('ZeroMQ, ipc', overIpc);
busContract('ZeroMQ, tcp with CURVE', overTcp);

for (const [name, open] of [
  ['ZeroMQ, ipc', overIpc],
  ['ZeroMQ, tcp with CURVE', overTcp],
] as const) {
  farHandsContract(name, async (service) => {
    const { host, join, close } = await open(service);
    return { host, close, join: (hands) => join('operate', hands) };
  });
}
