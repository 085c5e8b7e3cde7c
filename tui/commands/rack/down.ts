import { FaultError } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { rackNamed, reached, reachOf } from '../../rack/reach.js';

const LOOK_MS = 20;
/** It has an entry to write and sockets to close. */
const LIMIT_MS = 20_000;

/** Ends a rack; it comes back when its process is gone. */
export async function rackDown([name]: readonly string[], given: Given, io: Io): Promise<number> {
  const place = rackNamed(name);
  const { pid } = place.requireKeeper();
  const { bus } = await reached(reachOf(place), 'admin');
  const clock = systemClock();
  // Its answer can be lost on the way, and there is nobody left to ask again: that it is gone says as much.
  const refusal = { thrown: null as unknown };
  bus.send('rack.down', {}).catch((thrown: unknown) => (refusal.thrown = thrown));
  try {
    while (place.keeper()?.pid === pid) {
      if (refusal.thrown !== null) throw refusal.thrown;
      if (clock.now() > LIMIT_MS) throw new FaultError({ code: 'RCK-004', kind: 'rack.stays', rack: place.name, pid });
      await new Promise<void>((resolve) => clock.setTimer(LOOK_MS, resolve));
    }
  } finally {
    await bus.close();
  }
  io.out(given.flag('json') ? `${JSON.stringify({ type: 'down', rack: place.name })}\n` : `${place.name} is down\n`);
  return EXIT.ok;
}
