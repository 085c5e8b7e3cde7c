import t, { type Test } from 'tap';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { MachineChassis } from '../../../core/machine-room/chassis.js';
import { openAcceleratorProbe, probe } from '../../../drivers/qemu/accelerator.js';
import { emulationChecks, mendingCommand } from '../../../drivers/qemu/doctor.js';
import { openQemuRack } from '../../../drivers/qemu/driver.js';
import { runProcess } from '../../../drivers/process/run.js';
import { startProcess } from '../../../drivers/process/start.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { bootDeviceContract } from '../../contracts/boot-device.contract.js';
import { chassisContract } from '../../contracts/chassis.contract.js';
import { powerContract } from '../../contracts/power.contract.js';
import { faultIn } from './fixtures.js';
import { openTestRack, type TestRack } from './test-rack.js';

const { signal } = new AbortController();
const isEnded = (observation: Observation): boolean => observation.kind === 'ended';
const isFirmware = (observation: Observation): boolean =>
  observation.kind === 'reached' && observation.stage === 'firmware';

powerContract('qemu', async () => {
  const opened = await openTestRack();
  const count = (isIt: (observation: Observation) => boolean): number => opened.observed.filter(isIt).length;
  return {
    ...opened,
    power: opened.rack.power,
    switchings: () => ({
      on: count((observation) => isFirmware(observation) && observation.source === 'power'),
      off: count((observation) => observation.kind === 'reached' && observation.stage === 'off'),
    }),
  };
});

bootDeviceContract('qemu', async () => {
  const file = await diskWithCode(t, '');
  const opened = await openTestRack({ disks: [{ file, format: 'raw', model: 'virtio-blk-pci' }] });
  const { rack, node } = opened;
  let read_bytes = 0;
  return {
    ...opened,
    bootDevice: rack.bootDevice,
    absent: 'usb',
    async triedFirst() {
      await rack.power.ensure(node, 'on', signal);
      await opened.next(isEnded);
      await rack.power.ensure(node, 'off', signal);
      const log = await opened.log();
      const [first = ''] = /Booting from \w+/.exec(log.slice(read_bytes)) ?? [];
      read_bytes = log.length;
      return first === 'Booting from ROM' ? 'network' : 'disk';
    },
  };
});

chassisContract('qemu', async () => {
  const opened = await openTestRack({ hasDrives: true, onReset: 'again' });
  const chassis = new MachineChassis({ node: opened.node, works: opened.rack.works(opened.node) });
  return { chassis, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
});

void t.test(
  'qemu: a stick, a disc and the network, each said to the chassis before a start -> tried first',
  async (t) => {
    await using opened = await openTestRack({ hasDrives: true, onReset: 'again' });
    const { rack, node } = opened;
    const chassis = new MachineChassis({ node, works: rack.works(node) });
    const tried = new EventEmitter();
    let said = '';
    rack.line(node).onOutput((bytes) => {
      said += Buffer.from(bytes).toString('latin1');
      tried.emit('said');
    });
    const triedFirst = async (start: Promise<void>): Promise<string> => {
      said = '';
      for (;;) {
        const [, first = null] = /SeaBIOS[^]*?Booting from (\S+)[^.]*\.\.\./.exec(said) ?? [];
        if (first !== null) return start.then(() => first);
        await once(tried, 'said');
      }
    };
    await chassis.setMedium('usb', await diskWithCode(t, ''));
    await chassis.setMedium('cdrom', await diskWithCode(t, ''));
    chassis.setBootOverride({ device: 'usb', lasts: 'once', mode: 'legacy' });
    t.equal(await triedFirst(chassis.setPower('on', signal)), 'Hard');
    chassis.setBootOverride({ device: 'cdrom', lasts: 'once', mode: 'legacy' });
    await chassis.setMedium('cdrom', null);
    await chassis.setMedium('cdrom', await diskWithCode(t, ''));
    t.equal(await triedFirst(chassis.reset()), 'DVD/CD');
    t.equal(await triedFirst(chassis.reset()), 'ROM', 'once is used up');
  },
);

void t.test('qemu: nobody answers on the network -> firmware once, DHCP unanswered, no bootable device', async (t) => {
  await using opened = await openTestRack();
  await opened.rack.power.ensure(opened.node, 'on', signal);
  await opened.next(isEnded);
  t.match(opened.observed, [
    { kind: 'reached', stage: 'firmware', source: 'power' },
    { kind: 'trouble', fault: { code: 'BOOT-002', stage: 'pxe.dhcp' }, source: 'console' },
    { kind: 'ended', fault: null, what: /No bootable device/ },
  ]);
  t.equal(await opened.rack.power.read(opened.node, signal), 'on', 'power stays on');
  await opened.rack.power.ensure(opened.node, 'off', signal);
  const log = await opened.log();
  t.match(log, /SeaBIOS \(version/);
  t.match(log, /No bootable device\.?\s*$/, 'to the last byte');
});

void t.test('qemu: iPXE waits at its banner -> a key is sent, and in host time the wait is skipped', async (t) => {
  await using opened = await openTestRack({}, { guestTime: 'host' });
  await opened.rack.power.ensure(opened.node, 'on', signal);
  const wire = await opened.nextWire();
  // The first frame is the DHCPDISCOVER behind the banner; the banner's wait would wipe it with backspaces one by one.
  await once(wire, 'data');
  await opened.rack.power.ensure(opened.node, 'off', signal);
  const [, banner = ''] = (await opened.log()).split('Press Ctrl-B for the iPXE command line...');
  t.match(banner, /net0/);
});

for (const [name, fault] of [
  ['SIGKILL', { code: 'BOOT-007', kind: 'power.lost', stage: 'firmware' }],
  ['SIGSEGV', { code: 'QMU-001', kind: 'qemu.died', signal: 'SIGSEGV' }],
] as const) {
  void t.test(
    `qemu: its process gets ${name} -> ended with ${fault.code}, off, and may be switched on again`,
    async (t) => {
      await using opened = await openTestRack();
      const { rack, node } = opened;
      await rack.power.ensure(node, 'on', signal);
      process.kill(await pidOfQemu(opened), name);
      t.match(await opened.next(isEnded), { fault });
      t.equal(await rack.power.read(node, signal), 'off');
      await rack.power.ensure(node, 'on', signal);
      t.equal(await rack.power.read(node, signal), 'on');
    },
  );
}

void t.test('qemu: it hangs -> ended with QMU-002, reading too; switching off still works', async (t) => {
  // Ten seconds pass in a tenth of one: the driver knows time only from its clock.
  await using opened = await openTestRack({}, { hurry: 100 });
  const { rack, node } = opened;
  await rack.power.ensure(node, 'on', signal);
  process.kill(await pidOfQemu(opened), 'SIGSTOP');
  t.match(await opened.next(isEnded), { fault: { code: 'QMU-002', command: 'query-status' } });
  t.match(await faultIn(rack.power.read(node, signal)), { code: 'QMU-002', command: 'query-status' });
  await rack.power.ensure(node, 'off', signal);
  t.equal(await rack.power.read(node, signal), 'off');
});

void t.test('qemu: it cannot start -> the Fault says why, nothing was observed, nothing is left', async (t) => {
  const nic = { model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath: '/nowhere/w' } as const;
  const disk = { file: '/nowhere/disk', format: 'raw', model: 'virtio-blk-pci' } as const;
  for (const [extra, fault] of [
    [{ nics: [nic] }, { code: 'QMU-012', path: '/nowhere/w' }],
    [{ disks: [disk] }, { code: 'QMU-001', exitCode: 1, text: /No such file/ }],
  ] as const) {
    await using opened = await openTestRack(extra);
    t.match(await faultIn(opened.rack.power.ensure(opened.node, 'on', signal)), fault);
    t.equal(await opened.rack.power.read(opened.node, signal), 'off');
    t.strictSame(opened.observed, []);
  }
});

void t.test(
  'qemu: the guest resets itself -> the end of the process, or the firmware again, counted once',
  async (t) => {
    // mov $0xfe, %al; out %al, $0x64: the keyboard controller pulls the reset line.
    const file = await diskWithCode(t, 'b0fee664ebfe');
    const disks = [{ file, format: 'raw', model: 'virtio-blk-pci' }] as const;
    await using ends = await openTestRack({ nics: [], disks });
    await ends.rack.power.ensure(ends.node, 'on', signal);
    t.match(await ends.next(isEnded), { fault: { code: 'QMU-009', reason: 'guest-reset' } });
    await using again = await openTestRack({ nics: [], disks, onReset: 'again' });
    await again.rack.power.ensure(again.node, 'on', signal);
    for (let start = 1; start <= 5; start++) await again.next(isFirmware);
    await again.rack.power.ensure(again.node, 'off', signal);
    const banners = (await again.log()).split('SeaBIOS (version').length - 1;
    const told = again.observed.filter(isFirmware).length;
    // Counted twice, five would be told at three banners. It goes on resetting until it is off, which nobody is told.
    t.ok(told <= banners + 1, `${told} told, ${banners} banners; the last may have been under way`);
  },
);

void t.test(
  'qemu: one slot, two nodes -> the second waits for the release; who gives up leaves the queue',
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'rack-'));
    const first = nodeId('first');
    const second = nodeId('second');
    const order: string[] = [];
    await using rack = openQemuRack({
      nodes: [first, second].map((node) => ({ node, memory_mib: 64, nics: [] })),
      clock: systemClock(),
      observe: (observation) => void (isFirmware(observation) && order.push(observation.node)),
      accelerator: 'tcg',
      slots: 1,
      consoleDirectory: directory,
      socketDirectory: directory,
    });
    await rack.power.ensure(first, 'on', signal);
    const impatient = new AbortController();
    const givenUp = rack.power.ensure(second, 'on', impatient.signal);
    impatient.abort();
    await t.rejects(givenUp, { name: 'AbortError' });
    const waiting = rack.power.ensure(second, 'on', signal).then(() => order.push('second is on'));
    await rack.power.read(first, signal);
    order.push('released');
    rack.release(first);
    rack.release(first);
    await waiting;
    t.strictSame(order, ['first', 'released', 'second', 'second is on']);
    await rm(directory, { recursive: true });
  },
);

void t.test('qemu: metalrig gets kill -9 -> its QEMU is gone', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'rack-'));
  const wirePath = join(directory, 'w');
  const wire = createServer();
  await new Promise<void>((resolve) => void wire.listen(wirePath, resolve));
  const url = (path: string): string => new URL(path, import.meta.url).href;
  const script = `import { openQemuRack } from '${url('../../../drivers/qemu/driver.js')}';
    import { systemClock } from '${url('../../../drivers/system-clock/system-clock.js')}';
    const [directory, wirePath] = process.argv.slice(1);
    const nics = [{ model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath }];
    const rack = openQemuRack({ nodes: [{ node: 'root1', memory_mib: 64, nics }], clock: systemClock(), observe() {},
      accelerator: 'tcg', consoleDirectory: directory, socketDirectory: directory });
    await rack.power.ensure('root1', 'on', new AbortController().signal);`;
  const argv = [process.execPath, '--input-type=module', '-e', script, directory, wirePath] as const;
  const metalrig = startProcess({ argv });
  const socket = await new Promise<Socket>((resolve) => void wire.once('connection', resolve));
  socket.resume();
  process.kill(metalrig.pid, 'SIGKILL');
  await once(socket, 'close');
  t.match(await metalrig.ended, { signal: 'SIGKILL' });
  wire.close();
  await rm(directory, { recursive: true });
});

void t.test('accelerator: the probe guest under TCG -> it runs to its end in time', async (t) => {
  t.equal(await probe('tcg', systemClock()), 'ran');
});

void t.test(
  'doctor: on a host where these tests run -> nothing needed is missing, and the accelerator has its reason',
  async (t) => {
    const checks = await emulationChecks(openAcceleratorProbe({ clock: systemClock() }));
    t.strictSame(
      checks.filter((check) => check.isNeeded && !check.isFine),
      [],
    );
    t.equal(mendingCommand(checks.filter((check) => check.isNeeded)), null);
    t.match(checks.find((check) => check.name === 'accelerator')?.found, /^(kvm|tcg): \w/);
  },
);

/** A raw disk of 16 MiB whose first sector holds this code; without code it has no signature either. */
async function diskWithCode(t: Test, hex: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'disk-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'disk.img');
  const sector = Buffer.alloc(512);
  sector.write(hex, 0, 'hex');
  if (hex !== '') sector.writeUInt16LE(0xaa55, 510);
  await writeFile(file, sector);
  await truncate(file, 16 * 1024 * 1024);
  return file;
}

/** The directory of the rack's sockets stands in QEMU's argv, and in nobody else's. */
async function pidOfQemu({ directory }: TestRack): Promise<number> {
  const { output } = await runProcess({ argv: ['pgrep', '-f', `${directory}/q0`] });
  return Number(output.toString());
}
