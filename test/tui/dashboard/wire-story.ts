import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blockTarget,
  interfaceBlock,
  packetBlockBytes,
  sectionHeaderBlock,
  writePacketBlock,
} from '../../../drivers/wire/capture/pcapng.js';
import { TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { wireIn } from '../../../tui/dashboard/feed/wire-capture.js';
import type { WireSource } from '../../../tui/dashboard/model/wire.js';
import {
  dhcp,
  IPXE,
  ISID,
  loginRequest,
  loginResponse,
  PLAIN_ROM,
  scsiCommand,
  tcp,
  tftp,
} from '../../drivers/wire/observer-frames.js';
import { storyOf, type Story } from './scenes.js';

export interface ToldFrame {
  readonly port: string;
  readonly at_ms: number;
  readonly bytes: Buffer;
  readonly isLost?: true;
}

/** A capture as a run leaves it behind. */
export function captureOf(frames: readonly ToldFrame[]): Buffer {
  const ports = [...new Set(frames.map(({ port }) => port))];
  const blocks = frames.map(({ port, at_ms, bytes, isLost = false }) => {
    const packet = { interfaceNumber: ports.indexOf(port), at_us: Math.round(at_ms * 1_000), bytes, isLost };
    const target = blockTarget(packetBlockBytes(packet));
    writePacketBlock(target, 0, packet);
    return target.bytes;
  });
  return Buffer.concat([sectionHeaderBlock('metalrig'), ...ports.map((port) => interfaceBlock(port)), ...blocks]);
}

const NODE = 'root1';
const SERVICES = 'services';
const TARGET = 'TargetName=iqn.2026-11.example.metalrig:root1';
const said = (at_ms: number, port: string, bytes: Buffer): ToldFrame => ({ at_ms, port, bytes });

/** What a root node says on its way to its LUN, its first offer lost. */
export function bootFrames(): readonly ToldFrame[] {
  const flags = TCP_FLAG.syn;
  const pushed = { port: 1_024, flags: TCP_FLAG.ack | TCP_FLAG.push };
  const login = loginRequest(ISID.ipxe, TARGET, 'InitiatorName=iqn.2026-11.example.metalrig:root1');
  const reads = Array.from({ length: 300 }, (_, index): readonly ToldFrame[] => {
    const [at_ms, sequence] = [8_000 + index * 9, 2_000 + index * 48];
    const data = Buffer.alloc(1_448, 7);
    return [
      said(at_ms, NODE, tcp({ ...pushed, from: 'node', sequence, payload: scsiCommand(0x28, 2_048 + index * 8) })),
      said(at_ms + 1, SERVICES, tcp({ ...pushed, from: 'target', sequence: 5_000 + index * 4_344, payload: data })),
      said(at_ms + 1.2, SERVICES, tcp({ ...pushed, from: 'target', sequence: 6_448 + index * 4_344, payload: data })),
    ];
  });
  return [
    said(1_500, NODE, dhcp({ type: 'discover', ...PLAIN_ROM })),
    { ...said(1_500.4, SERVICES, dhcp({ type: 'offer' })), isLost: true },
    said(2_500, NODE, dhcp({ type: 'discover', ...PLAIN_ROM })),
    said(2_500.4, SERVICES, dhcp({ type: 'offer' })),
    said(2_502, NODE, dhcp({ type: 'request', ...PLAIN_ROM })),
    said(2_502.3, SERVICES, dhcp({ type: 'ack' })),
    said(2_600, NODE, tftp.read('undionly.kpxe')),
    said(5_100, NODE, dhcp({ type: 'discover', ...IPXE })),
    said(5_100.3, SERVICES, dhcp({ type: 'offer' })),
    said(7_900, NODE, tcp({ from: 'node', sequence: 1_000, flags })),
    said(7_900.2, SERVICES, tcp({ from: 'target', sequence: 4_000, flags: flags | TCP_FLAG.ack })),
    said(7_901, NODE, tcp({ ...pushed, from: 'node', sequence: 1_001, payload: login })),
    said(7_901.4, SERVICES, tcp({ ...pushed, from: 'target', sequence: 4_001, payload: loginResponse(0) })),
    ...reads.flat(),
  ];
}

/** A capture in a folder of its own, read to its end; what is looked at later is read before the folder is gone. */
export function wireOf(frames: readonly ToldFrame[]): WireSource {
  const directory = mkdtempSync(join(tmpdir(), 'wire-story-'));
  writeFileSync(join(directory, 'wire.pcapng'), captureOf(frames));
  process.once('exit', () => rmSync(directory, { recursive: true }));
  const wire = wireIn(directory);
  if (wire === null) throw new Error('a capture was written');
  wire.advance(Number.MAX_SAFE_INTEGER);
  return wire;
}

/** The journal of a simulated boot beside the frames of one on the wire. */
export function wireStory(): Story {
  const story = storyOf('first-offer-lost');
  const entries = story.entries.map((entry) => (entry.entry === 'opened' ? { ...entry, world: 'emulated' } : entry));
  return { ...story, entries, wire: wireOf(bootFrames()) };
}
