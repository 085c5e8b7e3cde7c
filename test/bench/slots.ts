import { LAYOUT, openMeshRack } from '../drivers/wire/services/deploy/mesh-rack.js';
import type { Topic } from './figure.js';

const OURS = 'deploy ramdisk';
const SLOTS = LAYOUT.partitions.flatMap(({ slot }) => (slot === null ? [] : [slot]));

export const slots: Topic = {
  name: 'slots',
  figures: [
    {
      name: 'slots-bootable',
      measures: `${SLOTS.length} slots of an empty disk laid out, formatted, each with its GRUB; time of the guest`,
      unit: 's',
      reading: 'guest_s',
      ours: OURS,
      peer: null,
      target: { kind: 'at most', value: 60 },
    },
  ],
  open: async () => ({
    contenders: [
      { name: OURS, needs: [{ program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' }], run: layOutAll },
    ],
    [Symbol.asyncDispose]: async () => {},
  }),
};

async function layOutAll(): Promise<{ readonly guest_s: number }> {
  const rack = await openMeshRack();
  try {
    rack.deploy(SLOTS.map((slot) => ({ kind: 'format', slot })));
    await rack.boot(/never/);
    const last = rack.events.at(-1);
    if (last?.kind !== 'done') throw new Error(`the ramdisk ended with ${last?.kind ?? 'nothing'}`);
    return { guest_s: last.guest_ms / 1000 };
  } finally {
    await rack.close();
  }
}
