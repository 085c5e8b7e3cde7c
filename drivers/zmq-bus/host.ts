import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { BusHost, BusService } from '../../core/bus/bus.js';
import { Hub } from '../../core/bus/hub.js';
import type { Clock, Timer } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import { textOf, type BusAddress } from './address.js';
import type { RackKeys } from './keychain.js';
import { Listener } from './listener.js';
import { loadZeroMq } from './load.js';

export interface HostParts {
  readonly service: BusService;
  readonly clock: Clock;
  /** Each with the keys that it asks for; null: none, which only ipc may. */
  readonly listen: readonly { readonly address: BusAddress; readonly keys: RackKeys | null }[];
}

export interface ZmqHost {
  readonly host: BusHost;
  /** Where it listens, in the order of `listen`, with the ports that were chosen. */
  readonly addresses: readonly BusAddress[];
  /** Acknowledgements that are under way are sent first. */
  readonly close: () => Promise<void>;
}

/** How long a revoked key may still be in. */
const SIFT_MS = 1_000;
const BIND_AGAIN_MS = 50;
/** A port of the kernel's choice may have no three free ones behind it. */
const TRIES = 20;

/**
 * Opens the engine's end of a bus.
 * @throws FaultError BUS-007, BUS-013
 */
export async function openHost({ service, clock, listen }: HostParts): Promise<ZmqHost> {
  const zmq = await loadZeroMq();
  const listeners: Listener[] = [];
  const hub = new Hub({
    service,
    clock,
    publish: async (parts) => {
      for (const listener of listeners) await listener.publish(parts);
    },
  });
  let sifting: Timer | null = null;
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    sifting?.cancel();
    await hub.close();
    for (const listener of listeners) listener.close();
  };
  const sift = async (): Promise<void> => {
    const listening = await Promise.all(listeners.map((listener) => listener.sift()));
    siftIn(listening.every(Boolean) ? SIFT_MS : BIND_AGAIN_MS);
  };
  const siftIn = (span_ms: number): void => {
    if (!isClosed) sifting = clock.setTimer(span_ms, () => void sift());
  };
  try {
    for (const { address, keys } of listen) {
      if (address.way === 'ipc') await claim(address.folder, address);
      else if (keys === null) throw new FaultError({ code: 'BUS-007', kind: 'keys.needed', address: textOf(address) });
      listeners.push(await opened(() => Listener.open({ zmq, hub, address, keys }), address));
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  if (listen.some(({ keys }) => keys !== null)) siftIn(SIFT_MS);
  return { host: hub, addresses: listeners.map(({ address }) => address), close };
}

async function opened(open: () => Promise<Listener>, address: BusAddress): Promise<Listener> {
  for (let left = address.way === 'tcp' && address.port === 0 ? TRIES : 1; ; left -= 1) {
    try {
      return await open();
    } catch (thrown) {
      if (left <= 1) throw thrown;
    }
  }
}

/** A folder that only we can open; whoever listens there is left alone: libzmq would take its place in silence. */
async function claim(folder: string, address: BusAddress): Promise<void> {
  const taken = (why: string): FaultError => {
    return new FaultError({ code: 'BUS-013', kind: 'address.taken', address: textOf(address), why });
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (thrown) {
    throw taken(thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown));
  }
  if ((statSync(folder).mode & 0o077) !== 0) throw taken('others can open that folder');
  const socket = join(folder, 'watch');
  if (existsSync(socket) && (await isListening(socket))) throw taken('EADDRINUSE');
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
