import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { cacheDirectory } from '../../../drivers/payload/cache.js';
import { LABEL_BYTES } from '../../../drivers/payload/label.js';
import { buildMeshPayload } from '../../../drivers/payload/mesh-payload.js';
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

void t.test('slot image: its filesystem and its label -> sound, and where we say', async (t) => {
  const check = await runProcess({ argv: ['e2fsck', '-fn', payload.partition] });
  t.equal(check.exitCode, 0, check.output.toString());
  const bytes = await readFile(payload.partition);
  t.match(bytes.toString('latin1', payload.label_bytes, payload.label_bytes + LABEL_BYTES), /^slot\n+$/);
});

void t.test('slot image: behind an MBR as on a LUN, but a local disk -> up from its first partition', async (t) => {
  const disk = join(directory, 'lun.img');
  await writeFile(disk, lunOf(await readFile(payload.partition), payload.lunBootLoader));
  const console = await consoleOf(disk, 'image=slot');
  t.match(console, /STAGE bootloader\r?\n[^]*STAGE kernel[^]*STAGE userland[^]*READY node=unnamed image=slot/);
});

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
