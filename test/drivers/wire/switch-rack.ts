import type { Clock } from '../../../core/clock.js';
import { readMac, type Mac } from '../../../drivers/wire/address.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import type { Delivery, WirePort } from '../../../drivers/wire/wire-port.js';

export const NAMES = ['a', 'b', 'c', 'd'] as const;
export type Name = (typeof NAMES)[number];

/** 02:00:00:00:00:NN, a locally administered address. */
export function mac(number: number): Mac {
  return readMac(Buffer.from([2, 0, 0, 0, number >> 8, number & 255]), 0);
}

export function frame(destination: Mac, source: Mac, text = ''): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.writeUIntBE(destination, 0, 6);
  bytes.writeUIntBE(source, 6, 6);
  bytes.writeUInt16BE(0x88b5, 12);
  bytes.write(text, 14);
  return bytes;
}

/** A switch with four ports, each keeping what reached it. */
export function rack(clock: Clock) {
  const wire = makeSwitch(clock);
  const inbox: Record<Name, Buffer[]> = { a: [], b: [], c: [], d: [] };
  const answers: Record<Name, Delivery> = { a: 'taken', b: 'taken', c: 'taken', d: 'taken' };
  const plug = (name: Name): WirePort =>
    wire.attach(name, (bytes) => {
      if (answers[name] === 'taken') inbox[name].push(bytes);
      return answers[name];
    });
  const ports: Record<Name, WirePort> = { a: plug('a'), b: plug('b'), c: plug('c'), d: plug('d') };
  return { wire, inbox, answers, ports };
}
