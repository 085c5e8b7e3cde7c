import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError, remedy, says } from '../../core/faults/fault.js';
import { LockFile } from '../../drivers/lun-store/lock-file.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../drivers/zmq-bus/address.js';
import { componentKeysIn } from '../../drivers/zmq-bus/keychain.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { serveHands, type HandsNews } from '../compose/serve-hands.js';
import { loadSite } from '../load-plan.js';
import { rackPlace } from '../rack/place.js';

export const handsCommand: Command = {
  name: 'hands',
  usage: 'hands SITE --name NAME',
  says:
    'Stays, near the hardware, and performs what a rack that is up elsewhere asks of the nodes that have `hands: ' +
    'NAME` in the site file: power, boot devices and all else that goes through their BMCs. It may be killed and ' +
    'started again at any time, and so may the rack.',
  takes: [1, 1],
  options: {
    name: { type: 'string', value: 'NAME', says: 'what the nodes call these hands in the site file' },
    engine: { type: 'string', value: 'ADDRESS', says: 'the bus of the rack; default: the one of SITE on this host' },
    key: { type: 'string', value: 'FILE', says: 'a key that may operate there' },
    dir: { type: 'string', value: 'DIR', says: 'where what was asked is kept; default: the folder of the rack' },
  },
  run: async (given, io) => {
    const [file = ''] = given.positionals;
    const { site } = loadSite(file);
    const names = [...new Set(site.nodes.flatMap(({ hands }) => hands ?? []))];
    const name = given.text('name') ?? '';
    if (!names.includes(name)) {
      const known = names.length === 0 ? 'no node of it has hands' : `its nodes have ${names.join(', ')}`;
      throw usage(handsCommand, `it takes --name NAME of hands in ${file}: ${known}`);
    }
    const place = rackPlace(site.name);
    const folder = given.text('dir') ?? place.folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const key = given.text('key');
    const engine = parseAddress(given.text('engine') ?? `ipc://${place.bus}`);
    const lock = locked(join(folder, `hands-${name}`), name);
    try {
      await serveHands({
        name,
        site,
        engine,
        keys: key === undefined ? null : componentKeysIn(key),
        file: join(folder, `hands-${name}.jsonl`),
        clock: systemClock(),
        signal: io.signal,
        tell: teller(name, given, io),
      });
    } finally {
      lock.release();
    }
    return EXIT.interrupted;
  },
};

function locked(file: string, hands: string): LockFile {
  try {
    return LockFile.take(file);
  } catch (thrown) {
    const fault = thrown instanceof FaultError ? thrown.fault : null;
    if (fault?.code !== 'LUN-005') throw thrown;
    throw new FaultError({ code: 'HND-008', kind: 'hands.twice', hands, pid: fault.pid }, thrown);
  }
}

function teller(name: string, given: Given, io: Io): (news: HandsNews) => void {
  return (news) => io.out(`${given.flag('json') ? JSON.stringify({ ...news, hands: name }) : lineOf(name, news)}\n`);
}

function lineOf(name: string, news: HandsNews): string {
  switch (news.type) {
    case 'waiting':
      return `${name} waits for the rack`;
    case 'serving':
      return `${name} serves ${news.journal}, ${news.open} effects left from before`;
    case 'asked':
      return `${news.node.padEnd(8)} ${news.effect}`;
    case 'done': {
      const { fault } = news;
      const what = fault === null ? 'done' : `${fault.code} ${says(fault)}\n  ${remedy(fault)}`;
      return `${news.node.padEnd(8)} ${news.effect} ${what}`;
    }
  }
}
