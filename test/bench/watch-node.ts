import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeId } from '../../core/ids.js';
import { openQemuRack } from '../../drivers/qemu/driver.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';

// Program: starts one node through our QEMU driver and says so when its console shows that it is ready.
// Words: kernel, initramfs, accelerator.

const [file = '', initrd = '', accelerator = 'tcg'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'metalrig-watch-'));
const node = nodeId('bench');
let arrived = (): void => {};
const isUp = new Promise<void>((resolve) => (arrived = resolve));
const rack = openQemuRack({
  nodes: [
    {
      node,
      memory_mib: 128,
      nics: [],
      kernel: { file, initrd, commandLine: 'console=ttyS0,115200 quiet rdinit=/bench-init role=idle' },
    },
  ],
  clock: systemClock(),
  observe: (seen) => {
    if (seen.kind === 'reached' && seen.stage === 'up') arrived();
  },
  accelerator: accelerator === 'kvm' ? 'kvm' : 'tcg',
  consoleDirectory: folder,
  socketDirectory: folder,
});
await rack.power.ensure(node, 'on', new AbortController().signal);
await isUp;
process.stdout.write('NODE-IS-UP\n');
await rack[Symbol.asyncDispose]();
rmSync(folder, { recursive: true });
