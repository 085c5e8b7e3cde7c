import { isFault, jsonOf } from '../../../core/bus/frame.js';
import { parseLetter } from '../../../core/bus/letter.js';
import { rowOf } from '../../../core/bus/topics.js';
import { FaultError } from '../../../core/faults/fault.js';
import { pause } from '../../../drivers/system-clock/pause.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { rackNamed, reached, reachOf, type Reach } from '../../rack/reach.js';

/** A journal that is synced on a busy disk. */
const PATIENCE_MS = 15_000;

/** One request; it comes back when the rack has written it down. */
export async function tellRack(
  [name, topic = '', text = '']: readonly string[],
  given: Given,
  io: Io,
): Promise<number> {
  const to = given.text('to');
  // Looked at here as well: what is wrong is told before anybody is asked.
  const said = parseLetter({ topic, payload: jsonOf(text) }, 'admin');
  if (isFault(said)) throw new FaultError(said);
  const place = to === undefined ? reachOf(rackNamed(name)) : { name: to, address: to, key: given.text('key') ?? null };
  const { bus } = await reached(place, rowOf(topic)?.needs ?? 'operate');
  const over = new AbortController();
  try {
    await Promise.race([bus.send(said.topic, said.payload as never), silence(place, over.signal)]);
  } finally {
    over.abort();
    await bus.close();
  }
  io.out(given.flag('json') ? `${JSON.stringify({ type: 'told', ...said })}\n` : `${place.name} was told ${topic}\n`);
  return EXIT.ok;
}

/** A rack that was killed since it bade us welcome answers no more. */
async function silence({ address }: Reach, signal: AbortSignal): Promise<never> {
  await pause(systemClock(), PATIENCE_MS, signal);
  throw new FaultError({ code: 'BUS-005', kind: 'bus.silent', address, waited_ms: PATIENCE_MS });
}
