import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { qemuArgv } from '../../../drivers/qemu/argv.js';
import { followFile } from '../../../drivers/qemu/follow-file.js';
import { openWitness, type ToldBefore } from '../../../drivers/qemu/witness.js';
import { UnitBook } from '../../../drivers/qemu/unit-book.js';
import { UnitPlace } from '../../../drivers/qemu/unit-place.js';
import { NEW_UNIT, readUnitRecord, writeUnitRecord, type UnitRecord } from '../../../drivers/qemu/unit-record.js';
import { faultIn } from '../../fault-in.js';

const node = nodeId('root1');

function scratch(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'lasts-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

void t.test('argv: a node that outlives us -> all its sockets are its own, and so is its log', async (t) => {
  const nic = { model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath: '/r/root1.sock' } as const;
  const own = { place: new UnitPlace('/r/root1'), log: '/runs/root1.log' };
  const lines = qemuArgv(
    { node, memory_mib: 128, nics: [nic], onReset: 'again' },
    { accelerator: 'tcg', bootDevice: 'network', monitorPath: '/r/q0', guestTime: 'host', own },
  )
    .join(' ')
    .split(/ (?=-)/);
  t.strictSame(
    lines.filter((line) => /^-(daemonize|pidfile|D|d|chardev|serial|mon|netdev)\b/.test(line)),
    [
      '-daemonize',
      '-pidfile /r/root1/pid',
      '-D /r/root1/errors',
      '-d unimp',
      '-chardev socket,id=console,server=on,wait=off,path=/r/root1/console,logfile=/runs/root1.log,logappend=on',
      '-serial chardev:console',
      '-chardev socket,id=monitor,server=on,wait=off,path=/r/root1/monitor',
      '-mon chardev=monitor,mode=control',
      '-netdev stream,id=net0,server=on,addr.type=unix,addr.path=/r/root1.sock',
    ],
  );
});

const devices = fc.constantFrom('network', 'disk', 'cdrom', 'usb');
const records: fc.Arbitrary<UnitRecord> = fc.record({
  powerOns: fc.nat(),
  always: devices,
  once: fc.option(devices),
  running: fc.option(
    fc.record({
      pid: fc.nat(),
      start: fc.nat().map(String),
      log: fc.string().map((name) => `/${name}`),
      logFrom_bytes: fc.nat(),
      media: fc.dictionary(
        fc.constantFrom('cdrom', 'usb'),
        fc.string({ minLength: 1 }).map((name) => `/${name}`),
      ),
    }),
  ),
});

void t.test('record: for every record, what was written is read; anything else is QMU-014', async (t) => {
  const file = join(scratch(t), 'node.json');
  t.strictSame(readUnitRecord(file), NEW_UNIT, 'none yet');
  fc.assert(
    fc.property(records, (record) => {
      writeUnitRecord(file, record);
      return JSON.stringify(readUnitRecord(file)) === JSON.stringify(record);
    }),
  );
  for (const text of [
    '',
    '{}',
    '{"version":2}',
    '{"version":1,"powerOns":-1,"always":"tape","once":null,"running":3}',
  ]) {
    writeFileSync(file, text);
    t.match(await faultIn(Promise.resolve().then(() => readUnitRecord(file))), { code: 'QMU-014' }, text);
  }
});

void t.test('record: its process is gone, and the number is another one by now -> not alive', async (t) => {
  const place = new UnitPlace(scratch(t));
  const running = { pid: process.pid, start: '1', log: '/log', logFrom_bytes: 0, media: {} };
  new UnitBook(place).began(running);
  const found = new UnitBook(place);
  t.strictSame(found.record, { ...NEW_UNIT, powerOns: 1, running });
  t.notOk(found.isAlive);
  found.ended();
  t.strictSame(new UnitBook(place).record, { ...NEW_UNIT, powerOns: 1 });
});

void t.test(
  'follow: for every cut of a log before, while and after it is followed, each byte is given once',
  async (t) => {
    const directory = scratch(t);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.nat({ max: 5 }), fc.array(fc.string()), async (before, from, pieces) => {
        const file = join(directory, `log-${(count += 1)}`);
        writeFileSync(file, before);
        const start = Math.min(from, Buffer.byteLength(before));
        const given: Buffer[] = [];
        const followed = followFile(file, start, (bytes) => given.push(bytes));
        for (const piece of pieces) appendFileSync(file, piece);
        followed.finish();
        const whole = Buffer.from(before + pieces.join('')).subarray(start);
        return Buffer.concat(given).equals(whole);
      }),
      { numRuns: 50 },
    );
  },
);

const BANNER = 'SeaBIOS (version 1.16)';
const LINES = ['GRUB loading.', 'METALRIG STAGE kernel', 'METALRIG READY node=root1 image=a'];

/** What the monitor says, in place of a line of the console. */
const RESET = '(reset)';

/** What a process tells of what console and monitor have shown it, after what an earlier one was told, and told. */
function toldOf(
  shows: readonly string[],
  earlier: readonly string[],
  before: ToldBefore | null,
): readonly Observation[] {
  const told: Observation[] = [];
  const observe = (one: Observation): void => void told.push(one);
  const witness = openWitness({ node, observe, stageKnown: null, isHeardElsewhere: false, firmware: () => {} });
  if (before === null) witness.poweredOn();
  else witness.takenOver(before);
  for (const text of earlier) witness.consoleText({ text, isWhole: true });
  witness.caughtUp();
  for (const text of shows) {
    if (text === RESET) witness.wasReset();
    else witness.consoleText({ text, isWhole: true });
  }
  return told;
}

void t.test('witness: for every console and every moment of a kill, two processes tell what one would', async (t) => {
  // A reset, and then the firmware's banner: as long as nobody is there only the banner shows.
  const shown = fc.array(fc.constantFrom<readonly string[]>(...LINES.map((line) => [line]), [RESET, BANNER]));
  fc.assert(
    fc.property(shown, fc.nat(), fc.nat(), (pieces, cut, missed) => {
      const all = pieces.flat();
      const killedAt = cut % (all.length + 1);
      const backAt = killedAt + (missed % (all.length - killedAt + 1));
      const first = toldOf(all.slice(0, killedAt), [], null);
      const last = first.at(-1);
      const before = {
        powerOn: true,
        shown: first.length - 1,
        isResetting: last?.kind === 'reached' && last.source === 'monitor',
      };
      const earlier = all.slice(0, backAt).filter((line) => line !== RESET);
      const second = toldOf(all.slice(backAt), earlier, before);
      return stagesOf([...first, ...second]) === stagesOf(toldOf(all, [], null));
    }),
  );
  t.pass();
});

/** Who has seen a reset, monitor or console, is another one when nobody was there. */
function stagesOf(told: readonly Observation[]): string {
  return told.map((one) => (one.kind === 'reached' ? one.stage : one.what)).join();
}
