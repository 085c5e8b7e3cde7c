import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { cacheDirectory } from '../../../drivers/payload/cache.js';
import { LABEL_BYTES } from '../../../drivers/payload/label.js';
import { buildMeshPayload } from '../../../drivers/payload/mesh-payload.js';
import { imageNames } from '../../../drivers/payload/recipe.js';
import { lunOf } from '../../../drivers/payload/slot-image.js';
import { runProcess } from '../../../drivers/process/run.js';
import { startProcess } from '../../../drivers/process/start.js';

t.setTimeout(600_000);
const directory = await mkdtemp(join(tmpdir(), 'metalrig-mesh-payload-'));
t.teardown(() => rm(directory, { recursive: true }));
const payload = await buildMeshPayload();

void t.test('mesh payload: built again in another place -> the same bytes', async (t) => {
  const cache = join(directory, 'cache');
  await mkdir(cache);
  await cp(join(cacheDirectory(), 'packages'), join(cache, 'packages'), { recursive: true });
  const again = await buildMeshPayload({ cache });
  const sums = (ramdisk: string) => readFile(join(dirname(ramdisk), 'SHA256SUMS'), 'utf8');
  t.equal(await sums(again.ramdisk), await sums(payload.ramdisk));
});

void t.test('slot images: their filesystems and labels -> sound, and where we say', async (t) => {
  for (const kind of imageNames) {
    const [partition, at] = [payload.partitions[kind], payload.labels[kind]];
    const check = await runProcess({ argv: ['e2fsck', '-fn', partition] });
    t.equal(check.exitCode, 0, check.output.toString());
    const label = new RegExp(`^slot-${kind}\\n+$`);
    t.match((await readFile(partition)).toString('latin1', at, at + LABEL_BYTES), label);
    const streamAt = payload.streamLabels[kind];
    t.match((await readFile(payload.streams[kind])).toString('latin1', streamAt, streamAt + LABEL_BYTES), label);
  }
});

for (const [kind, last] of [
  ['root', 'READY node=unnamed image=slot-root'],
  ['panic', 'Kernel panic - not syncing'],
] as const) {
  void t.test(`slot image ${kind}: behind an MBR as on a LUN, but a local disk -> ${last}`, async (t) => {
    const disk = join(directory, 'lun.img');
    await writeFile(disk, lunOf(await readFile(payload.partitions[kind]), payload.lunBootLoader));
    const console = await consoleOf(disk, last);
    t.match(console, new RegExp(`STAGE bootloader\\r?\\n[^]*STAGE kernel[^]*${last}`));
  });
}

/** What the disk says on the serial line until `last` was said, or for 120 s. */
async function consoleOf(image: string, last: string): Promise<string> {
  const words = `-accel tcg,tb-size=32 -machine pc,graphics=off -m 256 -nodefaults -display none -serial stdio
    -no-reboot -device virtio-scsi-pci,id=scsi -drive if=none,id=d,format=raw,snapshot=on,file=${image}
    -device scsi-hd,drive=d,bus=scsi.0,bootindex=1`;
  let text = '';
  const machine = startProcess({
    argv: ['qemu-system-x86_64', ...words.split(/\s+/)],
    onOutput(bytes) {
      text += bytes.toString('latin1');
      if (text.includes(last)) machine.kill('SIGKILL');
    },
  });
  AbortSignal.timeout(120_000).addEventListener('abort', () => machine.kill('SIGKILL'));
  await machine.ended;
  return text;
}
