import { createSocket } from 'node:dgram';
import { FaultError } from '../../core/faults/fault.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { assert } from '../../core/unreachable.js';
import { aborted } from '../system-clock/pause.js';
import { magicPacket, sixBytes } from './magic-packet.js';

export interface WakeOnLanConfig {
  readonly node: string;
  readonly mac: string;
  /** The broadcast address of the node's subnet; 255.255.255.255 leaves by the default route's interface alone. */
  readonly address: string;
  /** 9 (discard) unless told; 7 (echo) where a router lets only that through. A NIC looks at neither. */
  readonly port?: number;
  /** SecureOn, as six pairs: asked for when the packet is made. */
  readonly password?: () => Promise<string>;
}

/** Another way to the same machine, for what a magic packet cannot do. */
export interface WakeOnLanParts {
  readonly otherwise?: MachinePower;
}

const DISCARD_PORT = 9;
/** UDP loses some, and nothing answers: one that arrives too often wakes nobody twice. */
const PACKETS = 3;

/**
 * A node that is woken over the network. It has no answer: `ensure('on')` comes when the packets are sent.
 * With another way, that one is asked whether it is on, and switches it off.
 */
export function wakeOnLanPower(config: WakeOnLanConfig, { otherwise }: WakeOnLanParts = {}): MachinePower {
  const { node } = config;
  return {
    async read(signal) {
      if (signal.aborted) throw aborted();
      if (otherwise !== undefined) return otherwise.read(signal);
      throw new FaultError({ code: 'WOL-002', kind: 'power.unknown', node });
    },
    async ensure(want, signal) {
      if (signal.aborted) throw aborted();
      if (want === 'on') return wake(config, signal);
      if (otherwise !== undefined) return otherwise.ensure('off', signal);
      throw new FaultError({ code: 'WOL-001', kind: 'off.impossible', node });
    },
  };
}

async function wake(config: WakeOnLanConfig, signal: AbortSignalLike): Promise<void> {
  const packet = await packetFor(config);
  if (signal.aborted) throw aborted();
  const { node, address, port = DISCARD_PORT } = config;
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, resolve);
    });
    socket.setBroadcast(true);
    for (let count = 0; count < PACKETS; count++) {
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, port, address, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw new FaultError({ code: 'WOL-003', kind: 'packet.unsent', node, address, port, why }, thrown);
  } finally {
    socket.close();
  }
}

async function packetFor({ node, mac, password }: WakeOnLanConfig): Promise<Uint8Array> {
  const address = sixBytes(mac);
  assert(address !== null, 'a MAC address is six pairs');
  if (password === undefined) return magicPacket(address);
  const secret = sixBytes((await password()).trim());
  if (secret === null) throw new FaultError({ code: 'WOL-004', kind: 'password.badForm', node });
  return magicPacket(address, secret);
}
