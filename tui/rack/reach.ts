import type { Bus, Welcome } from '../../core/bus/bus.js';
import type { Role } from '../../core/bus/role.js';
import { FaultError } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../drivers/zmq-bus/address.js';
import { joinBus } from '../../drivers/zmq-bus/join.js';
import { componentKeysIn } from '../../drivers/zmq-bus/keychain.js';
import { loadSite } from '../load-plan.js';
import { rackPlace, racksUp, type RackPlace } from './place.js';

/** Where a rack's bus is, and by which key. */
export interface Reach {
  readonly name: string;
  readonly address: string;
  /** A file; null on this host, where the folder's mode is the lock. */
  readonly key: string | null;
}

/** The rack of that name or of that site file, or the only one that is up. @throws FaultError RCK-001, CFG-003 */
export function rackNamed(name: string | undefined): RackPlace {
  if (name !== undefined) return rackPlace(/\.ya?ml$/.test(name) ? loadSite(name).site.name : name);
  const up = racksUp();
  const [only] = up;
  if (only !== undefined && up.length === 1) return only;
  const which = up.length === 0 ? 'any' : `one of ${up.map((place) => place.name).join(', ')}`;
  throw new FaultError({ code: 'RCK-001', kind: 'rack.down', rack: which, folder: 'name it' });
}

export function reachOf(place: RackPlace): Reach {
  return { name: place.name, address: place.requireKeeper().address, key: null };
}

/** What a command waits for an answer. */
const PATIENCE_MS = 5_000;

/** @throws FaultError BUS-005, BUS-006, BUS-008 to 010 */
export async function reached(reach: Reach, role: Role): Promise<{ readonly bus: Bus; readonly welcome: Welcome }> {
  const keys = reach.key === null ? null : componentKeysIn(reach.key);
  const bus = await joinBus({
    address: parseAddress(reach.address),
    clock: systemClock(),
    component: `cli-${process.pid}`,
    role,
    keys,
    patience_ms: PATIENCE_MS,
  });
  try {
    return { bus, welcome: await bus.welcome() };
  } catch (thrown) {
    await bus.close();
    throw thrown;
  }
}

/** All entries that there are now. */
export async function entriesOf({ bus, welcome }: Awaited<ReturnType<typeof reached>>): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  await new Promise<void>((resolve, reject) => {
    const end = bus.watch({
      from: 1,
      onEntries: ({ entries }) => {
        for (const entry of entries) all.push(entry);
        if (all.length < welcome.last) return;
        end();
        resolve();
      },
      onBroken: (fault) => reject(new FaultError(fault)),
    });
    if (welcome.last === 0) resolve();
  });
  return all;
}
