import { join } from 'node:path';
import { FaultError } from '../../../core/faults/fault.js';
import { startDetached } from '../../../drivers/process/detach.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { Keychain } from '../../../drivers/zmq-bus/keychain.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { loadSite } from '../../load-plan.js';
import { PACKAGE_ROOT } from '../../package.js';
import { keepSimUp } from '../../rack/keep-sim-up.js';
import { rackPlace, type RackPlace } from '../../rack/place.js';
import { worldOf } from '../../world-choice.js';
import { keysFolder } from '../keys.js';

const COMMAND = { name: 'rack' };
/** How often is looked whether it is up. */
const LOOK_MS = 20;
/** Simulating a day of a large rack anew takes that long at most. */
const LIMIT_MS = 60_000;

export async function rackUp([file = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const { site, text } = loadSite(file);
  if (worldOf(COMMAND, site, given) === 'emulated') {
    const { keepRackUp } = await import('../../rack/keep-up.js');
    await keepRackUp({ site, text }, given, io);
    return EXIT.interrupted;
  }
  const place = rackPlace(site.name);
  const holder = place.keeper();
  if (holder !== null) throw new FaultError({ code: 'RCK-002', kind: 'rack.isUp', rack: place.name, pid: holder.pid });
  const listen = listenOf(given);
  const pace = given.number('pace') ?? null;
  if (!given.flag('foreground')) return background(place, { file, given, io });
  const wasEnded = await keepSimUp({
    place,
    site,
    siteText: text,
    seed: given.number('seed') ?? 1,
    pace,
    listen,
    signal: io.signal,
    onUp: (told) => tell(place, { ...told, pid: process.pid }, { given, io }),
  });
  return wasEnded ? EXIT.ok : EXIT.interrupted;
}

function listenOf(given: Given) {
  const text = given.text('listen');
  if (text === undefined) return null;
  const address = parseAddress(text);
  const keychain = new Keychain(keysFolder(given.text('keys')));
  if (!keychain.isThere) throw new FaultError({ code: 'BUS-007', kind: 'keys.needed', address: text });
  return { address, keys: keychain.rackKeys() };
}

interface Asked {
  readonly file: string;
  readonly given: Given;
  readonly io: Io;
}

/** A process of its own does it; this one waits until others can reach it. */
async function background(place: RackPlace, { file, given, io }: Asked): Promise<number> {
  place.make();
  const passed = ['on', 'seed', 'pace', 'listen', 'keys'].flatMap((name) => {
    const value = given.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const main = join(PACKAGE_ROOT, 'dist', 'bundle', 'main.js');
  const words = [process.execPath, main, 'rack', 'up', file, '--foreground', ...passed] as const;
  const child = startDetached(words, place.log);
  let hasEnded = false;
  void child.ended.then(() => (hasEnded = true));
  const clock = systemClock();
  for (;;) {
    const keeper = place.keeper();
    if (keeper?.pid === child.pid) {
      const told = { addresses: [keeper.address], run: keeper.run, pid: child.pid };
      tell(place, told, { given, io });
      return EXIT.ok;
    }
    if (hasEnded || clock.now() > LIMIT_MS || io.signal.aborted) {
      throw new FaultError({ code: 'RCK-003', kind: 'rack.ended', rack: place.name, log: place.log });
    }
    await new Promise<void>((resolve) => clock.setTimer(LOOK_MS, resolve));
  }
}

interface Up {
  readonly addresses: readonly string[];
  readonly run: string;
  readonly pid: number;
}

function tell({ name, log }: RackPlace, up: Up, { given, io }: Pick<Asked, 'given' | 'io'>): void {
  if (given.flag('json')) {
    io.out(`${JSON.stringify({ type: 'rack', rack: name, ...up, log })}\n`);
    return;
  }
  const rows = [
    [`${name} is up`, `process ${up.pid}`],
    ['watch it', `metalrig top --rack ${name}`],
    ['run', up.run],
    ...up.addresses.map((address) => ['bus', address]),
    ['end it', `metalrig rack down ${name}`],
  ];
  io.out(`${rows.map(([what = '', value]) => `${what.padEnd(16)} ${value}`).join('\n')}\n`);
}
