import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { SlotWrite } from '../../core/ports/slots.js';
import { seededRandom } from '../../core/random.js';
import { parseSite } from '../../core/site/parse.js';
import { assert } from '../../core/unreachable.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { sha256OfZeros } from '../../drivers/wire/services/deploy/zeros.js';
import type { HttpService } from '../../drivers/wire/services/http/service.js';
import { MeshNodes } from '../../tui/compose/mesh.js';
import type { SlotImage } from '../../tui/compose/slot-image.js';
import { ROOT, scratchOf } from '../run-metalrig.js';

const SITE = parseSite(readFileSync(join(ROOT, 'scenarios/sites/mesh.site.yaml'), 'utf8'), 'mesh.site.yaml');
const NODE = SITE.nodes[0];
assert(NODE !== undefined, 'the site has nodes');
const { id: node, address } = NODE;
const MIB = 1024 * 1024;
const WANTED = new AbortController().signal;
const SIZE_BYTES = 3 * MIB;

function imageOf(name: string): SlotImage {
  const bytes = Buffer.alloc(SIZE_BYTES, name);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size_bytes: bytes.length, sha256, packing: 'none', open: () => onceOf(bytes) };
}

async function* onceOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function open(t: Test): { readonly mesh: MeshNodes; readonly guest: Guest } {
  const directory = scratchOf(t);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const each = { root: file, panic: file, 'no-boot-loader': file };
  const zeros = { root: 0, panic: 0, 'no-boot-loader': 0 };
  const mesh = new MeshNodes({
    clock: systemClock(),
    random: seededRandom(3),
    site: SITE,
    nodes: SITE.nodes,
    payload: {
      kernel: file,
      ramdisk: file,
      partitions: each,
      labels: zeros,
      streams: each,
      streamLabels: zeros,
      lunBootLoader: { bootSector: Buffer.alloc(0), core: Buffer.alloc(0) },
      versions: {},
    },
    directory,
    find: (image) => Promise.resolve(imageOf(image)),
  });
  return { mesh, guest: new Guest(mesh.service) };
}

/** What a deploy ramdisk says to the service, said by hand. */
class Guest {
  readonly #service: HttpService;
  #bearer: string | null = null;
  #taken = 0;

  constructor(service: HttpService) {
    this.#service = service;
  }

  /** Into the ramdisk that waits, as far as its plan. @returns the script where that leads elsewhere */
  boot(): string {
    const script = this.#text(`/boot/${node}.ipxe`);
    this.#bearer = /metalrig\.token=([0-9a-f]{32})/.exec(script)?.[1] ?? null;
    this.#taken = 0;
    return this.#bearer === null ? script : this.#text('/deploy/plan');
  }

  /** The next steps, when there are some; each turn of the event loop is one question. */
  async take(): Promise<readonly string[]> {
    for (let turn = 0; turn < 100; turn += 1) {
      const lines = this.#text(`/deploy/steps/${this.#taken}`).split('\n').slice(0, -1);
      this.#taken += lines.length;
      if (lines.length > 0) return lines.map((line) => line.split(' ').slice(0, 3).join(' '));
      await new Promise<void>((resolve) => void systemClock().setTimer(0, resolve));
    }
    return [];
  }

  say(report: string): void {
    const found = this.#service.post('/deploy/report', Buffer.from(`1.00 ${report}`), this.#caller());
    assert(!('status' in found), `${report} is taken`);
  }

  /** Writes what step `step` names, whole; the first step was 0. */
  write(step: number, image: string): void {
    this.say(`written ${step} ${imageOf(image).sha256}`);
    this.say(`bootable ${step}`);
  }

  image(step: number): AsyncIterable<Uint8Array> {
    const found = this.#service.get(`/deploy/image/${step}`, this.#caller());
    assert('chunks' in found, 'an image is a stream');
    return found.chunks;
  }

  #text(path: string): string {
    const found = this.#service.get(path, this.#caller());
    assert('read' in found, `${path} is there`);
    return found.read(0, found.size_bytes).toString();
  }

  #caller() {
    return { address, bearer: this.#bearer };
  }
}

/** The fault that a promise is broken with. */
async function faultIn(refused: Promise<unknown>): Promise<Fault | null> {
  return refused.then(
    () => null,
    (thrown: unknown) => faultOf(thrown),
  );
}

const into = (slot: number, image: string): SlotWrite => ({ node, slot, image, among: [node] });

void t.test('slots: written, set default, wiped -> each done when the ramdisk says so', async (t) => {
  const { mesh, guest } = open(t);
  mesh.ensureScript(node, 'deploy');
  t.match(guest.boot(), /^end wait\n$/m);
  const written = mesh.slots.write(into(3, 'spring'), WANTED);
  t.strictSame(await guest.take(), ['write 7 spring']);
  guest.write(0, 'spring');
  await written;
  const set = mesh.slots.setDefault(node, 3, WANTED);
  t.strictSame(await guest.take(), ['default 7']);
  guest.say('defaulted 1');
  await set;
  const wiped = mesh.slots.wipe(node, 3, WANTED);
  t.strictSame(await guest.take(), ['wipe 7']);
  const size_bytes = 64 * MIB;
  guest.say(`wiped 2 ${size_bytes} ${await sha256OfZeros(size_bytes, systemClock())}`);
  t.strictSame(await wiped, { size_bytes, read_bytes: size_bytes, isZero: true });
  mesh.ensureScript(node, 'local');
  t.match(guest.boot(), 'sanboot');
});

void t.test('slots: what a slot holds whole already -> is not written again, until it is begun anew', async (t) => {
  const { mesh, guest } = open(t);
  mesh.ensureScript(node, 'deploy');
  guest.boot();
  const first = mesh.slots.write(into(3, 'spring'), WANTED);
  await guest.take();
  guest.write(0, 'spring');
  await first;
  await mesh.slots.write(into(3, 'spring'), WANTED);
  const other = mesh.slots.write(into(3, 'summer'), WANTED);
  t.strictSame(await guest.take(), ['write 7 summer']);
  const lost = faultIn(other);
  guest.boot();
  t.match(await lost, { code: 'DPL-006', node });
  t.match(await faultIn(mesh.slots.setDefault(node, 3, WANTED)), { code: 'DPL-007', node, slot: 3 });
  const again = mesh.slots.write(into(3, 'spring'), WANTED);
  t.strictSame(await guest.take(), ['write 7 spring']);
  guest.say(`written 0 ${imageOf('spring').sha256}`);
  guest.say('unbootable 0');
  await again;
  const set = mesh.slots.setDefault(node, 3, WANTED);
  t.strictSame(await guest.take(), ['default 7'], 'an image without a boot loader may be the default');
  guest.say('defaulted 1');
  await set;
});

void t.test('slots: the node is not in its ramdisk, or that has failed -> refused with what to do', async (t) => {
  const { mesh, guest } = open(t);
  const absent = { code: 'DPL-006', node };
  t.match(await faultIn(mesh.slots.write(into(3, 'spring'), WANTED)), absent);
  mesh.ensureScript(node, 'deploy');
  guest.boot();
  const written = faultIn(mesh.slots.write(into(3, 'spring'), WANTED));
  await guest.take();
  guest.say('failed checksum 0 the stream has another');
  t.match(await written, { code: 'DPL-005', node, what: 'checksum', text: 'the stream has another' });
  t.match(await faultIn(mesh.slots.wipe(node, 3, WANTED)), absent, 'until it boots again');
});

void t.test('slots: nobody waits any more -> the ramdisk goes on, and who asks again waits for the same', async (t) => {
  const { mesh, guest } = open(t);
  mesh.ensureScript(node, 'deploy');
  guest.boot();
  const off = new AbortController();
  const left = t.rejects(mesh.slots.write(into(3, 'spring'), off.signal));
  t.strictSame(await guest.take(), ['write 7 spring']);
  off.abort();
  await left;
  const again = mesh.slots.write(into(3, 'spring'), WANTED);
  t.strictSame(await guest.take(), []);
  guest.write(0, 'spring');
  await again;
});

void t.test('slots: points in what a node is sent -> each told once, before the next is given out', async (t) => {
  const { mesh, guest } = open(t);
  mesh.ensureScript(node, 'deploy');
  guest.boot();
  const points = [1, ...Array.from({ length: 9 }, (_, index) => 10 * (index + 1)), 99];
  const reached: number[] = [];
  let given_bytes = 0;
  for (const percent of points) {
    mesh.atWritten(node, percent, () => reached.push(Math.floor((100 * given_bytes) / SIZE_BYTES)));
  }
  const written = mesh.slots.write(into(3, 'spring'), WANTED);
  await guest.take();
  for await (const piece of guest.image(0)) given_bytes += piece.length;
  t.strictSame(reached, points);
  guest.write(0, 'spring');
  await written;
  for await (const piece of guest.image(0)) given_bytes += piece.length;
  t.equal(reached.length, points.length);
});
