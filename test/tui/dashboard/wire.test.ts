import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { CaptureIndex } from '../../../drivers/wire/capture/capture-index.js';
import { frameLine } from '../../../drivers/wire/observer/frame-line.js';
import { wireIn } from '../../../tui/dashboard/feed/wire-capture.js';
import { wireFacts } from '../../../tui/dashboard/model/wire.js';
import { ISID, loginRequest, loginResponse, tcp, tftp } from '../../drivers/wire/observer-frames.js';
import { dashboardOver, LARGE, press, screenOf, SMALL, storyOf } from './scenes.js';
import { bootFrames, captureOf, wireOf, wireStory, type ToldFrame } from './wire-story.js';

function folder(test: Pick<Test, 'teardown'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'wire-screen-'));
  test.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

const frames: fc.Arbitrary<readonly ToldFrame[]> = fc
  .array(
    fc.record({
      port: fc.constantFrom('root1', 'root2', 'services'),
      after_ms: fc.integer({ min: 0, max: 3_000 }),
      bytes: fc.uint8Array({ minLength: 14, maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((told) => {
    let at_ms = 0;
    return told.map(({ port, after_ms, bytes }) => ({ port, at_ms: (at_ms += after_ms), bytes }));
  });

void t.test('capture index: for every capture, cut anywhere -> all whole frames, counted and given back', async (t) => {
  const file = join(folder(t), 'wire.pcapng');
  fc.assert(
    fc.property(frames, fc.nat(), (told, cut) => {
      const whole = captureOf(told);
      const at = cut % whole.length;
      writeFileSync(file, whole.subarray(0, at));
      const index = new CaptureIndex(() => [file]);
      index.advance(Number.MAX_SAFE_INTEGER);
      appendFileSync(file, whole.subarray(at));
      index.advance(Number.MAX_SAFE_INTEGER);
      const found = index.marks.flatMap((_, mark) => index.frames(mark));
      const isSame = found.every(({ from, at_us, bytes }, place) => {
        const wanted = told[place];
        return from === wanted?.port && at_us === wanted.at_ms * 1_000 && bytes.equals(wanted.bytes);
      });
      const seconds = [...new Set(told.map(({ at_ms }) => Math.floor(at_ms / 1_000)))];
      const counted = seconds.reduce((sum, second) => sum + (index.second(second)?.frames ?? 0), 0);
      return !index.isDamaged && isSame && found.length === told.length && counted === told.length;
    }),
  );
  t.pass();
});

void t.test(
  'capture index: what is no capture, from its start or from some block on -> what came before counts',
  async (t) => {
    const file = join(folder(t), 'wire.pcapng');
    writeFileSync(file, Buffer.concat([captureOf(bootFrames().slice(0, 5)), Buffer.alloc(4_000, 0xab)]));
    const index = new CaptureIndex(() => [file, join('nowhere', 'wire.pcapng')]);
    index.advance(Number.MAX_SAFE_INTEGER);
    t.ok(index.isDamaged);
    t.equal(index.frames(0).length, 5);
  },
);

void t.test('wire: later lives of a run -> one capture after the other', async (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, 'wire.pcapng'), captureOf(bootFrames().slice(0, 4)));
  const wire = wireIn(directory);
  wire?.advance(Number.MAX_SAFE_INTEGER);
  writeFileSync(join(directory, '45-wire.pcapng'), captureOf(bootFrames().slice(4)));
  wire?.advance(Number.MAX_SAFE_INTEGER);
  t.equal(wire?.lines(60_000, '', 4_000).lines.length, bootFrames().length);
  t.equal(wireIn(folder(t)), null);
});

void t.test('wire: for every capture and moment, nothing of later, and the minute adds up', async (t) => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 0, max: 130_000 }), (told, now_ms) => {
      const directory = mkdtempSync(join(tmpdir(), 'wire-facts-'));
      try {
        writeFileSync(join(directory, 'wire.pcapng'), captureOf(told));
        const wire = wireIn(directory);
        if (wire === null) return false;
        wire.advance(Number.MAX_SAFE_INTEGER);
        const { all } = wireFacts(wire, now_ms);
        const last = Math.floor(now_ms / 1_000);
        const inMinute = told.filter(({ at_ms }) => at_ms < last * 1_000 && at_ms >= (last - 60) * 1_000);
        const sent = inMinute.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const { lines } = wire.lines(now_ms, '', 1_000);
        const upTo = told.filter(({ at_ms }) => at_ms <= now_ms).length;
        return all.minute_frames === inMinute.length && all.minute_bytes === sent && lines.length === upTo;
      } finally {
        rmSync(directory, { recursive: true });
      }
    }),
    { numRuns: 40 },
  );
  t.pass();
});

void t.test('frame line: for every frame, printable and of one line', async (t) => {
  const heads = fc.constantFrom('', '0800', '0806', '86dd');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), heads, (bytes, head) => {
      const frame = Buffer.from(bytes);
      if (frame.length > 30 && head !== '') frame.write(`${head}45`, 12, 'hex');
      return /^[\x20-\x7e]+$/.test(frameLine(frame));
    }),
  );
  t.pass();
});

void t.test('frame line: what a boot says -> told by its words', async (t) => {
  const told = bootFrames().map(({ bytes }) => frameLine(bytes));
  t.match(told[0], /^DHCP discover by 52:54:00:99:00:01, PXEClient/);
  t.match(told[1], /^DHCP offer of 0\.0\.0\.0 to 52:54:00:99:00:01$/);
  t.match(told[6], /^TFTP read of undionly\.kpxe octet blksize 1432$/);
  t.equal(told[9], 'TCP 1024 > 3260 syn');
  t.match(told[11], /^iSCSI login of iqn\.2026-11\.example\.metalrig:root1 to iqn\.\S+root1, iPXE$/);
  t.equal(told[12], 'iSCSI login granted');
  t.equal(told[13], 'iSCSI READ(10), 0 blocks at 2048');
  t.equal(told[14], 'iSCSI 1448 bytes of the stream');
  const refused = tcp({ from: 'target', sequence: 1, payload: loginResponse(0x0203) });
  t.equal(frameLine(refused), 'iSCSI login refused: target not found');
  const asked = Buffer.from('GET /boot/mesh1.ipxe?key=hidden HTTP/1.1\r\nHost: 10.99.0.1\r\n\r\n');
  t.equal(
    frameLine(tcp({ from: 'node', service: 80, sequence: 1, payload: asked })),
    'HTTP GET /boot/mesh1.ipxe?... HTTP/1.1',
  );
  t.equal(frameLine(tftp.error(1)), 'UDP 3000 > 2000, 7 bytes');
  t.match(frameLine(tcp({ from: 'node', sequence: 1, payload: loginRequest(ISID.openIscsi) })), /login of \(no name\)/);
});

void t.test('wire screen: a capture -> who talks, what is lost, frame by frame up to the moment', async (t) => {
  const dashboard = dashboardOver(wireStory(), LARGE);
  dashboard.tell('at 2');
  dashboard.tell('wire');
  t.match(screenOf(dashboard), /root1 +> all +DHCP discover by/);
  t.match(screenOf(dashboard), /services +> all +LOST DHCP offer/);
  t.match(screenOf(dashboard), /1 LOST by fault rules/);
  t.notMatch(screenOf(dashboard), /TFTP/, 'that is later');
  dashboard.tell('at 9.5');
  t.match(screenOf(dashboard), /\n {2}all +334 +344\.9 kB .* iscsi\n/);
  t.match(screenOf(dashboard), /\n {2}services +334 +333\.4 kB +11\.4 kB .* iscsi with root1\n/);
  press(dashboard, '/', 't', 'f', 't', 'p', 'enter');
  t.match(screenOf(dashboard), /─ 1 frame ─[^]*TFTP read of undionly\.kpxe/);
  press(dashboard, 'enter');
  t.match(screenOf(dashboard), /time 0:02\.600 .*paused[^]*TFTP read/);
});

void t.test('wire: a filter that few frames pass -> looked for stretch by stretch, to the first frame', async (t) => {
  const [first, ...rest] = bootFrames();
  const data = rest.filter(({ bytes }) => bytes.length > 1_000).map(({ port, bytes }) => ({ port, bytes }));
  const many = Array.from({ length: 12 }, () => data).flat();
  const later = many.map((frame, index) => ({ ...frame, at_ms: 9_000 + index }));
  const wire = wireOf([...(first === undefined ? [] : [first]), ...later]);
  t.same(wire.lines(60_000, 'DHCP', 400).lines, []);
  t.ok(wire.isBusy());
  let found = wire.lines(60_000, 'DHCP', 400);
  for (let look = 0; look < 100 && wire.isBusy(); look += 1) found = wire.lines(60_000, 'DHCP', 400);
  t.notOk(wire.isBusy());
  t.equal(found.lines.length, 1);
  t.equal(found.since_ms, null);
});

void t.test('wire screen: read on with each frame that is drawn, until all of it is known', async (t) => {
  const story = wireStory();
  const directory = folder(t);
  writeFileSync(join(directory, 'wire.pcapng'), captureOf(bootFrames()));
  const wire = wireIn(directory);
  const dashboard = dashboardOver({ ...story, wire: wire ?? wireOf([]) }, SMALL);
  t.notOk(dashboard.isMoving, 'nothing of it is looked at');
  dashboard.tell('wire');
  screenOf(dashboard);
  t.match(screenOf(dashboard), /iSCSI READ\(10\)/);
  t.notOk(dashboard.isMoving);
});

void t.test(
  'wire screen: a simulated rack -> says that it has no frames, and who boots over the network',
  async (t) => {
    const dashboard = dashboardOver(storyOf('no-dhcp-answer'));
    dashboard.tell('at 12');
    dashboard.tell('wire');
    t.match(screenOf(dashboard), /simulated rack send no frames[^]*on purpose: dhcp\.mute of root1/);
    t.match(screenOf(dashboard), /boot over the network now[^]*root1 +pxe\.dhcp +for/);
  },
);
