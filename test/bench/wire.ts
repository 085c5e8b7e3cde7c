import { randomFillSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPayload } from '../../drivers/payload/payload.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import type { Contender, Figure, Readings, Topic } from './figure.js';
import { benchInitramfs, GUEST_NEEDS, GUEST_READY } from './guest.js';
import { bridgeWithTaps, NAMESPACE_NEEDS, openNamespace, startedAndSaid } from './peers/namespace.js';
import { guestArgv, QEMU_NEEDS, startGuest, type GuestOptions } from './qemu-guest.js';
import { benchProgram } from './run-scenario.js';
import { GUESTS, socketPath } from './wire-lab.js';

const OURS = 'our switch';
const VDE = 'vde_switch';
const BRIDGE = 'tap + kernel bridge, no offloads';
const LUN = 'a guest on our wire';
const IQN = 'iqn.2026-11.example.metalrig:bench';
const LUN_MIB = 192;
const SECONDS = 4;

const common = { unit: 'Mbit/s', reading: 'mbit_per_s', ours: OURS } as const;
const figures: readonly Figure[] = [
  {
    ...common,
    name: 'wire-vde',
    measures: 'guest to guest, iperf3 over TCP, capture and observer on',
    peer: VDE,
    target: { kind: 'ratio at least', value: 1.5 },
  },
  {
    ...common,
    name: 'wire-bridge',
    measures: 'the same runs beside the kernel',
    peer: BRIDGE,
    target: { kind: 'ratio at least', value: 0.9 },
  },
  {
    name: 'wire-lun',
    measures: `a guest reads ${LUN_MIB} MiB of its LUN: virtio-net, our switch, TCP and target`,
    unit: 'MB/s',
    reading: 'mb_per_s',
    ours: LUN,
    peer: null,
    target: { kind: 'at least', value: 40 },
  },
];

export const wire: Topic = {
  name: 'wire',
  figures,
  async open({ folder, progress }) {
    const payload = await buildPayload({ progress });
    const { accelerator } = await acceleratorProbe();
    const initramfs = await benchInitramfs(payload, folder, ['iperf3']);
    const guest = { kernel: payload.kernel, initramfs, accelerator, memory_mib: 256 } as const;
    const image = join(folder, 'lun.img');
    writeFileSync(image, randomFillSync(Buffer.alloc(LUN_MIB * 1024 * 1024)));
    const lab = (): string => mkdtempSync(join(folder, 'w'));
    const needs = [...QEMU_NEEDS, ...GUEST_NEEDS, { program: 'iperf3', debianPackage: 'iperf3' }];
    return {
      contenders: [
        { name: OURS, needs, run: () => overOurs(guest, lab()) },
        {
          name: VDE,
          needs: [...needs, { program: 'vde_switch', debianPackage: 'vde2' }],
          run: () => overVde(guest, lab()),
        },
        { name: BRIDGE, needs: [...needs, ...NAMESPACE_NEEDS], run: () => overBridge(guest) },
        { name: LUN, needs, run: () => readLun({ guest, folder: lab(), image }) },
      ] satisfies readonly Contender[],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

type Base = Omit<GuestOptions, 'words'>;
const streamTo = (path: string): string => `stream,id=net,server=off,addr.type=unix,addr.path=${path}`;

async function overOurs(guest: Base, folder: string): Promise<Readings> {
  await using _wire = await startedAndSaid([process.execPath, benchProgram('serve-wire'), folder], 'WIRE-IS-UP');
  return await between(guest, (id) => streamTo(socketPath(folder, id)));
}

async function overVde(guest: Base, folder: string): Promise<Readings> {
  const control = join(folder, 'vde');
  // It reads commands from stdin and ends with it; when it is ready it does not say.
  const script = `sleep infinity | vde_switch -s ${control} & sleep 0.5; echo UP; wait`;
  await using _wire = await startedAndSaid(['sh', '-c', script], 'UP');
  return await between(guest, () => `vde,id=net,sock=${control}`);
}

async function overBridge(guest: Base): Promise<Readings> {
  await using namespace = await openNamespace(bridgeWithTaps(2));
  const tap = (id: string): string =>
    `tap,id=net,ifname=tap${id === 'server' ? 0 : 1},script=no,downscript=no,vnet_hdr=off`;
  return await between(guest, tap, namespace.inside);
}

/** iperf3's receiver, in Mbit/s, client to server. */
async function between(
  guest: Base,
  netdev: (id: string) => string,
  inside: (argv: readonly string[]) => readonly [string, ...string[]] = ([program = '', ...words]) => [
    program,
    ...words,
  ],
): Promise<Readings> {
  const [server, client] = GUESTS.map(({ id, mac }) =>
    inside(guestArgv({ ...guest, mac, netdev: netdev(id), words: `role=${id} seconds=${SECONDS}` })),
  );
  if (server === undefined || client === undefined) throw new Error('bug: there are two guests');
  await using serving = startGuest(server);
  await serving.saw(GUEST_READY);
  await using asking = startGuest(client);
  const { console } = await asking.saw('BENCH-OVER');
  const [, rate] = /BENCH .*?([\d.]+) Mbits\/sec.*receiver/.exec(console) ?? [];
  if (rate === undefined) throw new Error(`iperf3 said ${console.slice(-300)}`);
  return { mbit_per_s: Number(rate) };
}

interface LunRead {
  readonly guest: Base;
  readonly folder: string;
  readonly image: string;
}

async function readLun({ guest, folder, image }: LunRead): Promise<Readings> {
  const argv = [process.execPath, benchProgram('serve-wire'), folder, image, IQN] as const;
  await using _wire = await startedAndSaid(argv, 'WIRE-IS-UP');
  const [, { mac }] = GUESTS;
  const netdev = streamTo(socketPath(folder, 'client'));
  await using reader = startGuest(guestArgv({ ...guest, mac, netdev, words: 'role=lun' }));
  const began = await reader.saw('BENCH-READS');
  const ended = await reader.saw('BENCH-HAS-READ');
  return { mb_per_s: (LUN_MIB * 1.048576) / ((ended.at_ms - began.at_ms) / 1000) };
}
