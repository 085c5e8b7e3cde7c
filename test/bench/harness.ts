import { buildPayload } from '../../drivers/payload/payload.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import { benchInitramfs, GUEST_NEEDS, GUEST_READY } from './guest.js';
import type { Contender, Topic } from './figure.js';
import { benchProgram } from './run-scenario.js';
import { startedAndSaid } from './peers/namespace.js';
import { guestArgv, QEMU_NEEDS } from './qemu-guest.js';

const OURS = 'our QEMU driver';
const BARE = 'bare QEMU from a script';

export const harness: Topic = {
  name: 'harness',
  figures: [
    {
      name: 'harness-start',
      measures: 'start of the program to a guest seen ready; kernel and initramfs, no NIC',
      unit: 's',
      reading: 'start_s',
      ours: OURS,
      peer: BARE,
      // The cost of our harness: labgrid's was measured as 0.1 to 0.5 s, os-autoinst's as 4 s.
      target: { kind: 'excess at most', value: 0.15 },
    },
  ],
  async open({ folder, progress }) {
    const payload = await buildPayload({ progress });
    const { accelerator } = await acceleratorProbe();
    const initramfs = await benchInitramfs(payload, folder, []);
    const { kernel } = payload;
    const bare = guestArgv({ kernel, initramfs, words: 'role=idle', accelerator, memory_mib: 128 });
    return {
      contenders: [
        starting(OURS, [process.execPath, benchProgram('watch-node'), kernel, initramfs, accelerator]),
        starting(BARE, [process.execPath, benchProgram('watch-bare'), GUEST_READY, ...bare]),
      ],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

function starting(name: string, argv: readonly [string, ...string[]]): Contender {
  return {
    name,
    needs: [...QEMU_NEEDS, ...GUEST_NEEDS],
    async run() {
      const startedAt = performance.now();
      await using child = await startedAndSaid(argv, 'NODE-IS-UP');
      const start_s = (performance.now() - startedAt) / 1000;
      await child.ended;
      return { start_s };
    },
  };
}
