import { FaultError } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import type { RackPlace } from '../../rack/place.js';
import { rackNamed, reached, reachOf } from '../../rack/reach.js';

const LOOK_MS = 20;
/** It has an entry to write and sockets to close. */
const LIMIT_MS = 20_000;

/** Ends a rack; it comes back when its process is gone. */
export async function rackDown([name]: readonly string[], given: Given, io: Io): Promise<number> {
  const place = rackNamed(name);
  const { pid } = place.requireKeeper();
  const { bus } = await reached(reachOf(place), 'admin');
  const refused = new AbortController();
  const gone = whenGone(place, pid, refused.signal);
  try {
    // The acknowledgement may go under with the rack: that it is gone says as much.
    await Promise.race([bus.send('rack.down', {}), gone]);
  } catch (thrown) {
    refused.abort();
    throw thrown;
  } finally {
    await bus.close();
  }
  await gone;
  io.out(given.flag('json') ? `${JSON.stringify({ type: 'down', rack: place.name })}\n` : `${place.name} is down\n`);
  return EXIT.ok;
}

async function whenGone(place: RackPlace, pid: number, signal: AbortSignal): Promise<void> {
  const clock = systemClock();
  while (!signal.aborted && place.keeper()?.pid === pid) {
    if (clock.now() > LIMIT_MS) throw new FaultError({ code: 'RCK-004', kind: 'rack.stays', rack: place.name, pid });
    await new Promise<void>((resolve) => clock.setTimer(LOOK_MS, resolve));
  }
}
