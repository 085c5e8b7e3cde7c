import t from 'tap';
import { openMeshRack } from './mesh-rack.js';

// Debian's partclone writes the images, real firmware and two GRUBs start them.
t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
const [a, b, c] = [await rack.image('a'), await rack.image('b'), await rack.image('c')];

/** What the node says until it stands, started from its own disk. */
async function bootLocally(): Promise<string> {
  rack.setOrder({ kind: 'local' });
  return rack.boot(/METALRIG (READY node=\S+ image=\S+|no slot holds an image)/);
}

void t.test('deploy: image a into slot 3 of an empty disk -> laid out, written, and booted from sda7', async (t) => {
  rack.deploy([rack.write(3, a), { kind: 'default', slot: 3 }]);
  const deployed = await rack.boot(/never/);
  t.match(deployed, /METALRIG STAGE kernel[^]*METALRIG STAGE ramdisk[^]*METALRIG DEPLOY done/);
  const kinds = rack.events.map(({ kind }) => kind).filter((kind) => kind !== 'progress');
  t.strictSame(kinds, ['scriptFetched', 'calledBack', 'laidOut', 'written', 'bootable', 'defaulted', 'done']);
  t.match(
    rack.events.find(({ kind }) => kind === 'laidOut'),
    { isNew: true },
  );
  const booted = await bootLocally();
  const stages = ['bootloader.mbr[^]*METALRIG CHAINLOAD slot=3', 'bootloader.slot', 'kernel', 'userland'];
  t.match(booted, new RegExp(`${stages.map((stage) => `METALRIG STAGE ${stage}[^]*`).join('')}node=mesh1 image=a`));
});

void t.test('deploy: image b into slot 5 -> the disk stays as it is laid out, and sda9 is booted', async (t) => {
  rack.events.length = 0;
  rack.deploy([rack.write(5, b), { kind: 'default', slot: 5 }]);
  await rack.boot(/never/);
  t.match(
    rack.events.find(({ kind }) => kind === 'laidOut'),
    { isNew: false },
  );
  t.match(await bootLocally(), /METALRIG CHAINLOAD slot=5[^]*METALRIG READY node=mesh1 image=b/);
});

void t.test('deploy: the default is switched back -> nothing is written, and sda7 is booted', async (t) => {
  rack.events.length = 0;
  rack.deploy([{ kind: 'default', slot: 3 }]);
  await rack.boot(/never/);
  t.notOk(rack.events.some(({ kind }) => kind === 'written' || kind === 'progress'));
  t.match(await bootLocally(), 'METALRIG READY node=mesh1 image=a');
});

void t.test('deploy: a byte of the stream is flipped -> told, never the default, and the old slot boots', async (t) => {
  rack.events.length = 0;
  rack.setTamper((bytes) => {
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1] = (flipped[bytes.length >> 1] ?? 0) ^ 1;
    return flipped;
  });
  rack.deploy([rack.write(21, c), { kind: 'default', slot: 21 }]);
  await rack.boot(/never/);
  t.match(rack.events.at(-1), { kind: 'failed', what: 'checksum', slot: 21 });
  rack.setTamper(null);
  rack.deploy([{ kind: 'default', slot: 21 }]);
  await rack.boot(/never/);
  t.match(rack.events.at(-1), { kind: 'failed', what: 'emptySlot', slot: 21 });
  t.match(await bootLocally(), 'METALRIG READY node=mesh1 image=a');
});

void t.test('wipe: the slot that is the default -> read back as zero, and the node starts from nothing', async (t) => {
  rack.events.length = 0;
  rack.deploy([{ kind: 'wipe', slot: 3 }]);
  await rack.boot(/never/);
  t.match(rack.events.slice(-2), [
    { kind: 'wiped', slot: 3, proof: { read_bytes: 40 * 1024 * 1024 } },
    { kind: 'done' },
  ]);
  t.match(await bootLocally(), 'METALRIG no slot holds an image');
});
