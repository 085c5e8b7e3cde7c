import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Publisher, Router } from 'zeromq';
import type { BusService } from '../../core/bus/bus.js';
import { machineId } from '../../core/ids.js';
import { JournalFile } from '../../drivers/journal-file/driver.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { parseAddress, textOf } from '../../drivers/zmq-bus/address.js';
import { openHost } from '../../drivers/zmq-bus/host.js';
import { Keychain } from '../../drivers/zmq-bus/keychain.js';
import { JournalService } from '../../tui/compose/journal-service.js';
import { ACKS, entryLine, MESSAGES, quantilesOf } from './bus-messages.js';
import type { Readings } from './figure.js';

const clock = systemClock();

/** The end that serves; the part that reaches it is a process of its own. */
async function served(service: BusService, folder: string, isSecret: boolean) {
  const keychain = new Keychain(join(folder, 'keys'));
  const key = isSecret ? await keysIn(keychain) : '';
  const address = parseAddress(isSecret ? 'tcp://127.0.0.1:0' : `ipc://${join(folder, 'bus')}`);
  const keys = isSecret ? keychain.rackKeys() : null;
  const { host, addresses } = await openHost({ service, clock, listen: [{ address, keys }] });
  return { host, key, address: textOf(addresses[0] ?? address) };
}

async function keysIn(keychain: Keychain): Promise<string> {
  await keychain.init();
  return keychain.add('bench', 'operate');
}

function part(name: string, address: string, key: string) {
  const main = fileURLToPath(new URL('./bus-main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'part', name, address, key], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => String((await lines.next()).value),
    end: async () => {
      child.stdin.end();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const rateOf = (text: string): Readings => JSON.parse(text) as Readings;

/** Letters a second, from the first to the last that is taken; nothing is written to a disk, as raw sockets don't. */
export async function measureLetters(folder: string, isSecret: boolean): Promise<Readings> {
  let taken = 0;
  let startedAt = 0;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => (done = resolve));
  const service: BusService = {
    ...NOTHING,
    take: (arrivals) => {
      if (taken === 0) startedAt = clock.now();
      taken += arrivals.length;
      if (taken === MESSAGES) done();
      return arrivals.map(({ fault }) => fault);
    },
  };
  const { address, key } = await served(service, folder, isSecret);
  const sender = part('letters', address, key);
  await all;
  const rate = (MESSAGES * 1000) / (clock.now() - startedAt);
  await sender.end();
  return { rate };
}

export async function measureRawLetters(folder: string, isSecret: boolean): Promise<Readings> {
  const { key, options, endpoint } = await raw(folder, isSecret);
  const router = new Router({ ...options });
  await router.bind(endpoint);
  const sender = part('raw letters', router.lastEndpoint ?? endpoint, key);
  let startedAt = 0;
  for (let got = 0; got < MESSAGES; got += 1) {
    await router.receive();
    if (got === 0) startedAt = clock.now();
  }
  const rate = (MESSAGES * 1000) / (clock.now() - startedAt);
  await sender.end();
  return { rate };
}

/** Entries a second at a watcher, each parsed, from the first to the last. */
export async function measureEvents(folder: string, isSecret: boolean): Promise<Readings> {
  const lines = Array.from({ length: MESSAGES }, (_, index) => entryLine(index + 1));
  let last = 1;
  const read: BusService['read'] = ({ from, to }) => lines.slice(from - 1, Math.min(to, from + 999));
  const { host, address, key } = await served({ ...NOTHING, last: () => last, read }, folder, isSecret);
  const watcher = part('events', address, key);
  await watcher.line();
  while (last < MESSAGES) {
    const more = lines.slice(last, last + 64);
    host.publish(last + 1, more);
    last += more.length;
    // An engine's entries come turn by turn of its event loop.
    if (last % 1024 < 64) await new Promise((resolve) => setImmediate(resolve));
  }
  const readings = rateOf(await watcher.line());
  await watcher.end();
  return readings;
}

export async function measureRawEvents(folder: string, isSecret: boolean): Promise<Readings> {
  const { key, options, endpoint } = await raw(folder, isSecret);
  const publisher = new Publisher({ ...options, sendHighWaterMark: 0 });
  await publisher.bind(endpoint);
  const watcher = part('raw events', publisher.lastEndpoint ?? endpoint, key);
  let isLive = false;
  const live = watcher.line().then(() => (isLive = true));
  while (!isLive) {
    await publisher.send('live?');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await live;
  const line = entryLine(1);
  for (let sent = 0; sent < MESSAGES; sent += 1) await publisher.send(line);
  const readings = rateOf(await watcher.line());
  await watcher.end();
  return readings;
}

/** ms from a request to its acknowledgement, journal and disk included, while 10,000 entries a second are watched. */
export async function measureAcks(folder: string, isSecret: boolean): Promise<Readings> {
  const file = join(folder, 'journal.jsonl');
  const journal = JournalFile.create(file, 'each');
  const service = new JournalService({
    name: 'bench',
    file,
    journal,
    clock,
    consoles: 'none',
    earlier: [],
    judge: () => null,
    act: () => void entryInto(journal),
  });
  const { host, address, key } = await served(service, folder, isSecret);
  service.publishTo(host);
  const flow = flowing(() => void entryInto(journal));
  const watcher = part('watcher', address, key);
  await watcher.line();
  const asking = part('acks', address, key);
  const readings = rateOf(await asking.line());
  const events_per_s = flow.stop();
  await Promise.all([asking.end(), watcher.end()]);
  return { ...readings, events_per_s };
}

/** The same from the disk alone: ms until an entry is on it, while 10,000 a second are written beside it. */
export async function measureDisk(folder: string): Promise<Readings> {
  const journal = JournalFile.create(join(folder, 'journal.jsonl'), 'each');
  const flow = flowing(() => void entryInto(journal));
  const spans: number[] = [];
  for (let waited = 0; waited < ACKS; waited += 1) {
    const at = clock.now();
    entryInto(journal);
    await journal.sync();
    spans.push(clock.now() - at);
  }
  flow.stop();
  return quantilesOf(spans);
}

function entryInto(journal: JournalFile): boolean {
  return journal.append({ entry: 'unexpected', machine: machineId('node', 'n1'), event: 'x'.repeat(80) }, 0);
}

/** 10,000 times a second. */
function flowing(act: () => void) {
  const startedAt = clock.now();
  let done = 0;
  const timer = setInterval(() => {
    for (const due = (clock.now() - startedAt) * 10; done < due; done += 1) act();
  }, 2);
  const stop = (): number => {
    clearInterval(timer);
    return (done * 1000) / (clock.now() - startedAt);
  };
  return { stop };
}

async function raw(folder: string, isSecret: boolean) {
  if (!isSecret) return { key: '', options: {}, endpoint: `ipc://${join(folder, 'raw')}` };
  const keychain = new Keychain(join(folder, 'keys'));
  const key = await keysIn(keychain);
  const { secretKey } = keychain.rackKeys();
  return { key, options: { curveServer: true, curveSecretKey: secretKey }, endpoint: 'tcp://127.0.0.1:*' };
}

const NOTHING: BusService = {
  journal: 'bench',
  last: () => 0,
  read: () => [],
  receipts: () => [],
  take: () => [],
  settled: async () => true,
};
