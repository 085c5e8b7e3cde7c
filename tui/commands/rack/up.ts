import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError } from '../../../core/faults/fault.js';
import type { Site } from '../../../core/site/site.js';
import { startDetached } from '../../../drivers/process/detach.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { Keychain } from '../../../drivers/zmq-bus/keychain.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { EXIT, usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { loadSite } from '../../load-plan.js';
import { PACKAGE_ROOT } from '../../package.js';
import type { KeepUpParts, RackUp } from '../../rack/keep.js';
import { keepSimUp } from '../../rack/keep-sim-up.js';
import { rackPlace, type RackPlace } from '../../rack/place.js';
import { placeLines, rackView } from '../../rack/rack-view.js';
import { worldOf } from '../../world-choice.js';
import { keysFolder } from '../keys.js';

const COMMAND = { name: 'rack' };
/** How often is looked whether it is up. */
const LOOK_MS = 20;
/** Simulating a day of a large rack anew takes that long at most. */
const LIMIT_MS = 60_000;

export async function rackUp([file = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const { site, text } = loadSite(file);
  const world = worldOf(COMMAND, site, given);
  const place = rackPlace(site.name);
  const holder = place.keeper();
  if (holder !== null) throw new FaultError({ code: 'RCK-002', kind: 'rack.isUp', rack: place.name, pid: holder.pid });
  const asked: Asked = { file, site, given, io };
  const parts: KeepUpParts = {
    place,
    site,
    siteText: text,
    seed: given.number('seed') ?? 1,
    listen: listenOf(given),
    signal: io.signal,
    onUp: (told) => tell(place, { ...told, pid: process.pid }, asked),
  };
  if (world === 'emulated') return emulatedUp(parts, asked);
  if (!given.flag('foreground')) return background(place, asked);
  return exitOf(await keepSimUp({ ...parts, pace: given.number('pace') ?? null }));
}

async function emulatedUp(parts: KeepUpParts, asked: Asked): Promise<number> {
  const { given, io } = asked;
  if (given.text('pace') !== undefined) throw usage(COMMAND, 'only the time of a simulated rack has a --pace');
  const { keepEmulatedUp, prepareEmulated } = await import('../../rack/keep-emulated-up.js');
  const view = rackView(given.flag('json'), io);
  await prepareEmulated(parts.site, view, io.signal);
  if (!given.flag('foreground')) return background(parts.place, asked);
  const onUp: KeepUpParts['onUp'] = (told) => {
    parts.onUp(told);
    view.up();
  };
  return exitOf(await keepEmulatedUp({ ...parts, onUp, view }));
}

function exitOf(wasEnded: boolean): number {
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
  readonly site: Site;
  readonly given: Given;
  readonly io: Io;
}

/** A process of its own does it; this one waits until others can reach it. */
async function background(place: RackPlace, asked: Asked): Promise<number> {
  const { file, given, io } = asked;
  place.make();
  const passed = ['on', 'seed', 'pace', 'listen', 'keys'].flatMap((name) => {
    const value = given.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const main = join(PACKAGE_ROOT, 'dist', 'bundle', 'main.js');
  const words = [process.execPath, main, 'rack', 'up', file, '--foreground', ...passed] as const;
  const before = existsSync(place.log) ? statSync(place.log).size : 0;
  const child = startDetached(words, place.log);
  let hasEnded = false;
  void child.ended.then(() => (hasEnded = true));
  const clock = systemClock();
  for (;;) {
    const keeper = place.keeper();
    if (keeper?.pid === child.pid) {
      tell(place, { addresses: [keeper.address], run: keeper.run, pid: child.pid, places: place.places() }, asked);
      return EXIT.ok;
    }
    if (hasEnded || clock.now() > LIMIT_MS || io.signal.aborted) {
      // Why, in its own words.
      io.err(readFileSync(place.log).subarray(before).toString('utf8'));
      throw new FaultError({ code: 'RCK-003', kind: 'rack.ended', rack: place.name, log: place.log });
    }
    await new Promise<void>((resolve) => clock.setTimer(LOOK_MS, resolve));
  }
}

type Up = Omit<RackUp, 'entries'> & { readonly pid: number };

function tell({ name, log }: RackPlace, { places, ...up }: Up, { site, given, io }: Asked): void {
  if (given.flag('json')) {
    const { ipmi, redfish, pdus } = places ?? NO_PLACES;
    io.out(`${JSON.stringify({ type: 'rack', rack: name, ...up, log, ipmi, redfish, pdus })}\n`);
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
  if (places !== null) io.out(`${placeLines(site, places).join('\n')}\n`);
}

const NO_PLACES = { ipmi: {}, redfish: {}, pdus: {} };
