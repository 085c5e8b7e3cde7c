import t from 'tap';
import fc from 'fast-check';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { Clock } from '../../../core/clock.js';
import { nodeId } from '../../../core/ids.js';
import { openAcceleratorProbe } from '../../../drivers/qemu/accelerator.js';
import { qemuArgv } from '../../../drivers/qemu/argv.js';
import { mendingCommand } from '../../../drivers/qemu/doctor.js';
import { faultOfEnding } from '../../../drivers/qemu/ending.js';
import { listenForMonitor } from '../../../drivers/qemu/monitor-socket.js';
import { probeImage } from '../../../drivers/qemu/probe-image.js';
import { parseQmp, qmpCommand, qmpReader, type QmpMessage } from '../../../drivers/qemu/qmp-codec.js';
import { openMonitor } from '../../../drivers/qemu/qmp.js';
import { openSlots } from '../../../drivers/qemu/slots.js';
import { faultIn, pieces } from './fixtures.js';

const node = nodeId('root1');
const nic = { model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath: '/tmp/w' } as const;
const argvOptions = { accelerator: 'tcg', bootDevice: 'network', monitorPath: '/tmp/q0', guestTime: 'host' } as const;

/** A clock that stands still: what is armed is called by hand. */
function stoppedClock(): Clock & { readonly fireAll: () => void } {
  const armed = new Set<() => void>();
  return {
    now: () => 0,
    setTimer(_, fire) {
      armed.add(fire);
      return { cancel: () => void armed.delete(fire) };
    },
    fireAll: () => [...armed].forEach((fire) => fire()),
  };
}

void t.test('argv: a root node, booting from the network in host time -> as reviewed', async (t) => {
  t.strictSame(
    qemuArgv({ node, memory_mib: 128, nics: [nic] }, argvOptions)
      .join(' ')
      .split(/ (?=-)/),
    [
      'qemu-system-x86_64',
      '-name root1',
      '-S',
      '-accel tcg,tb-size=32',
      '-rtc base=2011-07-01T00:00:00',
      '-machine pc,graphics=off',
      '-m 128',
      '-nodefaults',
      '-no-user-config',
      '-display none',
      '-boot strict=on',
      '-no-reboot',
      '-chardev stdio,id=console,signal=off',
      '-serial chardev:console',
      '-chardev socket,id=monitor,server=off,path=/tmp/q0',
      '-mon chardev=monitor,mode=control',
      '-netdev stream,id=net0,server=off,addr.type=unix,addr.path=/tmp/w',
      '-device virtio-net-pci,id=nic0,netdev=net0,mac=52:54:00:99:00:01,bootindex=1',
    ],
  );
});

void t.test('argv: everything that a node may have, in guest time, from disk -> as reviewed', async (t) => {
  const disks = [
    { file: '/tmp/a,b.img', format: 'raw', model: 'scsi-hd' },
    { file: '/tmp/c.qcow2', format: 'qcow2', model: 'virtio-blk-pci' },
  ] as const;
  const kernel = { file: '/tmp/vmlinuz', initrd: '/tmp/initrd', commandLine: 'console=ttyS0 quiet' };
  const all = { node, memory_mib: 256, nics: [{ ...nic, model: 'e1000' }], disks, kernel, onReset: 'again' } as const;
  const options = { ...argvOptions, accelerator: 'kvm', bootDevice: 'disk', guestTime: 'instructions' } as const;
  t.strictSame(
    qemuArgv(all, options)
      .join(' ')
      .split(/ (?=-)/)
      .slice(3),
    [
      '-accel kvm',
      '-icount shift=6,sleep=off',
      '-rtc base=2011-07-01T00:00:00,clock=vm',
      '-machine pc,graphics=off',
      '-m 256',
      '-nodefaults',
      '-no-user-config',
      '-display none',
      '-boot strict=on',
      '-chardev stdio,id=console,signal=off',
      '-serial chardev:console',
      '-chardev socket,id=monitor,server=off,path=/tmp/q0',
      '-mon chardev=monitor,mode=control',
      '-netdev stream,id=net0,server=off,addr.type=unix,addr.path=/tmp/w',
      '-device e1000,id=nic0,netdev=net0,mac=52:54:00:99:00:01',
      '-device virtio-scsi-pci,id=scsi',
      '-drive if=none,id=disk0,format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap,file=/tmp/a,,b.img',
      '-device scsi-hd,id=hd0,drive=disk0,bus=scsi.0,bootindex=1',
      '-drive if=none,id=disk1,format=qcow2,cache=unsafe,discard=unmap,detect-zeroes=unmap,file=/tmp/c.qcow2',
      '-device virtio-blk-pci,id=hd1,drive=disk1,bootindex=2',
      '-kernel /tmp/vmlinuz',
      '-initrd /tmp/initrd',
      '-append console=ttyS0 quiet',
    ],
  );
});

void t.test('argv: a socket path of 107 bytes -> fits; of 108 -> QMU-006', async (t) => {
  const argv = async (length: number): Promise<unknown> =>
    qemuArgv({ node, memory_mib: 64, nics: [] }, { ...argvOptions, monitorPath: '/'.padEnd(length, 'x') });
  t.ok(await argv(107));
  t.match(await faultIn(argv(108)), { code: 'QMU-006', length_bytes: 108 });
});

void t.test('qmp codec: the messages that QEMU 7.2 sends -> read', async (t) => {
  const greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}';
  t.strictSame(parseQmp(greeting), { kind: 'greeting', version: '7.2.22' });
  t.strictSame(parseQmp('{"return": {"status": "running"}, "id": 3}'), {
    kind: 'return',
    id: 3,
    value: { status: 'running' },
  });
  const event = '{"timestamp": {"seconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}';
  t.strictSame(parseQmp(event), { kind: 'event', name: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' } });
  const refused = '{"id": 4, "error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}';
  t.match(parseQmp(refused), { kind: 'error', id: 4, class: 'CommandNotFound' });
  t.strictSame(qmpCommand(7, 'quit'), '{"execute":"quit","id":7}\r\n');
  t.match(qmpReader()(Buffer.alloc(2 ** 20 + 1, 'x')), [{ kind: 'garbage' }], 'no line end in a MiB');
});

void t.test('qmp codec: for every list of answers and every cutting of its bytes -> the same messages', async (t) => {
  const answers = fc.array(fc.record({ return: fc.jsonValue(), id: fc.nat() }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(answers, fc.array(fc.nat(60), { maxLength: 20 }), (list, cuts) => {
      const bytes = Buffer.from(list.map((answer) => `${JSON.stringify(answer)}\r\n`).join(''));
      const read = qmpReader();
      const got: QmpMessage[] = pieces(bytes, cuts).flatMap((piece) => [...read(piece)]);
      const wanted = list.map(({ id, return: value }) => ({
        kind: 'return',
        id,
        value: JSON.parse(JSON.stringify(value)),
      }));
      t.strictSame(got, wanted);
    }),
  );
});

void t.test('qmp codec: for every text -> a message, never a throw', async (t) => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseQmp(text).kind === 'string'));
  t.pass();
});

/** Two ends of one connection. */
function streamPair(): readonly [Duplex, Duplex] {
  const end = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _, done) {
        other().push(chunk);
        done();
      },
    });
  const ours: Duplex = end(() => theirs);
  const theirs: Duplex = end(() => ours);
  return [ours, theirs];
}

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}}}\n';

/** A QEMU that answers each command by this; undefined is silence. */
function fakeQemu(stream: Duplex, answer: (command: string, id: number) => string | undefined): void {
  stream.on('data', (bytes: Buffer) => {
    for (const [, command = '', id = ''] of bytes.toString().matchAll(/"execute":"(\S+?)".*?"id":(\d+)/g)) {
      const text = command === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}` : answer(command, Number(id));
      if (text !== undefined) stream.write(`${text}\n`);
    }
  });
  stream.write(GREETING);
}

void t.test('monitor: events, answers, refusals -> each to its own', async (t) => {
  const [ours, theirs] = streamPair();
  const events: string[] = [];
  fakeQemu(theirs, (command, id) =>
    command === 'bad'
      ? `{"error": {"class": "GenericError", "desc": "no"}, "id": ${id}}`
      : `{"event": "RESET", "data": {}}\n{"return": "${command}", "id": ${id}}`,
  );
  const monitor = await openMonitor(ours, { node, clock: stoppedClock(), onEvent: (name) => events.push(name) });
  t.equal(monitor.version, '7.2.22');
  t.strictSame(await Promise.all([monitor.execute('one'), monitor.execute('two')]), ['one', 'two']);
  t.strictSame(events, ['RESET', 'RESET']);
  t.match(await faultIn(monitor.execute('bad')), { code: 'QMU-005', command: 'bad', why: 'GenericError: no' });
});

void t.test('monitor: silence, garbage, the end -> QMU-002, QMU-003, QMU-008', async (t) => {
  const clock = stoppedClock();
  const open = async (answer: string | undefined): Promise<Awaited<ReturnType<typeof openMonitor>>> => {
    const [ours, theirs] = streamPair();
    fakeQemu(theirs, () => answer);
    return openMonitor(ours, { node, clock, onEvent: () => {} });
  };
  const silent = faultIn((await open(undefined)).execute('query-status'));
  clock.fireAll();
  t.match(await silent, { code: 'QMU-002', command: 'query-status', waited_ms: 10_000 });
  t.match(await faultIn((await open('HTTP/1.1 400')).execute('x')), { code: 'QMU-003', text: 'HTTP/1.1 400' });
  const closing = await open(undefined);
  const pending = faultIn(closing.execute('x'));
  closing.close();
  t.match(await pending, { code: 'QMU-008', command: 'x' });
  t.match(await faultIn(closing.execute('y')), { code: 'QMU-008', command: 'y' });
});

void t.test('monitor socket: occupied -> QMU-007; drained after a connection -> the file is gone', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'monitor-'));
  const path = join(directory, 'q');
  const socket = await listenForMonitor(path);
  t.match(await faultIn(listenForMonitor(path)), { code: 'QMU-007', why: 'EADDRINUSE' });
  t.match(await faultIn(listenForMonitor(join(directory, 'no', 'q'))), { code: 'QMU-007' });
  connect(path).end();
  (await socket.connected).resume();
  await socket.drained();
  await (await listenForMonitor(path)).drained();
  await rm(directory, { recursive: true });
});

void t.test('ending: each way that QEMU can end -> its Fault', async (t) => {
  const ending = { reason: null, exitCode: null, signal: null, errorTail: '' };
  const codeOf = (how: Partial<typeof ending> | object): string =>
    faultOfEnding(node, 'kernel', { ...ending, ...how }).code;
  t.equal(codeOf({ reason: 'guest-shutdown', exitCode: 0 }), 'BOOT-007');
  t.equal(codeOf({ reason: 'host-signal', exitCode: 0 }), 'BOOT-007');
  t.equal(codeOf({ reason: 'guest-reset', exitCode: 0 }), 'QMU-009');
  t.equal(codeOf({ reason: 'guest-panic', exitCode: 0 }), 'BOOT-006');
  t.equal(codeOf({ signal: 'SIGKILL' }), 'BOOT-007');
  t.equal(codeOf({ signal: 'SIGABRT' }), 'QMU-001');
  t.match(faultOfEnding(node, 'off', { ...ending, exitCode: 1, errorTail: 'warning\nno such disk' }), {
    text: 'no such disk',
  });
});

void t.test('slots: for every count and number of takers -> never more than the count at once, in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 9 }), async (count, takers) => {
      const slots = openSlots(count);
      const { signal } = new AbortController();
      const order: number[] = [];
      let held = 0;
      const take = async (taker: number): Promise<void> => {
        const giveBack = await slots.take(signal);
        order.push(taker);
        held += 1;
        t.ok(held <= count);
        await Promise.resolve();
        held -= 1;
        giveBack();
        giveBack();
      };
      const numbers = Array.from({ length: takers }, (_, index) => index);
      await Promise.all(numbers.map(take));
      t.strictSame(order, numbers);
    }),
    { numRuns: 50 },
  );
});

void t.test('accelerator: no device, no modules -> TCG with the reason, asked once', async (t) => {
  const ask = openAcceleratorProbe({ clock: stoppedClock(), device: '/nowhere/kvm' });
  t.strictSame(await ask(), { accelerator: 'tcg', reason: 'there is no /nowhere/kvm' });
  t.equal(await ask(), await ask());
  const modules = await mkdtemp(join(tmpdir(), 'modules-'));
  await mkdir(join(modules, 'kvm_pvm'));
  const pvm = openAcceleratorProbe({ clock: stoppedClock(), device: '/dev/null', modules });
  t.match(await pvm(), { accelerator: 'tcg', reason: /PVM/ });
  await rm(modules, { recursive: true });
  t.equal(probeImage().length, 65_536);
});

void t.test('doctor: two packages missing -> one command that mends both', async (t) => {
  const missing = { name: 'x', isFine: false, isNeeded: true, found: '' };
  const checks = ['qemu-system-x86', 'ipxe', 'ipxe', null].map((debianPackage) => ({ ...missing, debianPackage }));
  t.equal(mendingCommand(checks), 'apt-get install ipxe qemu-system-x86');
  t.equal(mendingCommand([{ ...missing, isFine: true, debianPackage: 'ipxe' }]), null);
});
