import t from 'tap';
import type { DeployEvent } from '../../../../../drivers/wire/services/deploy/events.js';
import { openMeshRack } from './mesh-rack.js';

// Debian's partclone writes the images, real firmware and two GRUBs start them.
t.setTimeout(600_000);

const MIB = 1024 * 1024;
const rack = await openMeshRack();
t.teardown(() => rack.close());
const [a, b, c] = [await rack.image('a'), await rack.image('b'), await rack.image('c')];
const bare = await rack.image('bare', 'no-boot-loader');

/** What the node says until it stands, started from its own disk. */
async function bootLocally(until: RegExp): Promise<string> {
  rack.setOrder({ kind: 'local' });
  return rack.boot(until);
}

/** Boots into a ramdisk that waits, does this with it, and takes its power. @returns what the node said */
async function inRamdisk(work: () => Promise<void>): Promise<string> {
  rack.events.length = 0;
  rack.awaitSteps();
  const isUp = new Promise<void>((resolve) => {
    rack.setListener(({ kind }) => (kind === 'laidOut' ? resolve() : undefined));
  });
  const plug = new AbortController();
  const said = rack.boot(/never/, plug.signal);
  await isUp;
  await work();
  rack.setListener(null);
  plug.abort();
  return said;
}

function kinds(): readonly DeployEvent['kind'][] {
  return rack.events.map(({ kind }) => kind).filter((kind) => kind !== 'progress');
}

void t.test('deploy: asked one thing after the other in one ramdisk -> done one after the other', async (t) => {
  let token: string | null = null;
  const said = await inRamdisk(async () => {
    t.match(await rack.ask(rack.write(3, a)), { kind: 'bootable', step: 0, slot: 3 });
    t.match(await rack.ask({ kind: 'default', slot: 3 }), { kind: 'defaulted', step: 1 });
    t.match(await rack.ask(rack.write(5, b)), { kind: 'bootable', step: 2, slot: 5 });
    t.match(await rack.ask({ kind: 'default', slot: 5 }), { kind: 'defaulted', step: 3 });
    token = rack.token();
    for (const path of ['/deploy/steps/0', '/deploy/plan', '/deploy/table', '/deploy/image/0']) {
      t.equal(rack.call(path, {}), 403, `${path} without a token`);
      t.equal(rack.call(path, { bearer: 'f'.repeat(32) }), 403, `${path} with a wrong one`);
      t.equal(rack.call(path, { bearer: token, address: '10.99.0.102' }), 403, `${path} from another address`);
    }
    t.match(await rack.ask({ kind: 'default', slot: 3 }), { kind: 'defaulted', step: 4 });
    const readBack = { read_bytes: 40 * MIB };
    t.match(await rack.ask({ kind: 'wipe', slot: 5 }), { kind: 'wiped', step: 5, isZero: true, readBack });
  });
  t.match(said, /METALRIG STAGE kernel[^]*METALRIG STAGE ramdisk/);
  const wrote = ['written', 'bootable', 'defaulted'];
  const refused = Array.from({ length: 12 }, () => 'refused');
  const all = ['scriptFetched', 'calledBack', 'laidOut', ...wrote, ...wrote, ...refused.slice(4), 'defaulted', 'wiped'];
  t.strictSame(kinds(), all);
  const booted = await bootLocally(/METALRIG READY node=\S+ image=\S+/);
  const stages = ['bootloader.mbr[^]*METALRIG CHAINLOAD slot=3', 'bootloader.slot', 'kernel', 'userland'];
  t.match(booted, new RegExp(`${stages.map((stage) => `METALRIG STAGE ${stage}[^]*`).join('')}node=mesh1 image=a`));
  t.equal(rack.call('/deploy/steps/6', { bearer: token }), 403, 'the token ended with its boot');
});

void t.test('deploy: a byte of the stream is flipped -> told, nothing more is done, the old slot boots', async (t) => {
  rack.setTamper((bytes) => {
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1] = (flipped[bytes.length >> 1] ?? 0) ^ 1;
    return flipped;
  });
  await inRamdisk(async () => {
    t.match(await rack.ask(rack.write(21, c)), { kind: 'failed', what: 'checksum', step: 0, slot: 21 });
    await t.rejects(rack.ask({ kind: 'default', slot: 3 }), { message: 'the ramdisk takes no steps' });
  });
  rack.setTamper(null);
  t.match(
    rack.events.find(({ kind }) => kind === 'laidOut'),
    { isNew: false },
  );
  t.match(await bootLocally(/METALRIG READY node=\S+ image=\S+/), 'METALRIG READY node=mesh1 image=a');
});

void t.test('deploy: an image without a boot loader -> written and the default, but nothing starts', async (t) => {
  rack.events.length = 0;
  rack.deploy([
    { kind: 'wipe', slot: 3 },
    rack.write(1, bare),
    { kind: 'default', slot: 1 },
    { kind: 'default', slot: 21 },
  ]);
  t.match(await rack.boot(/never/), /METALRIG DEPLOY failed: emptySlot/);
  const end = ['written', 'unbootable', 'defaulted', 'failed'];
  t.strictSame(
    kinds().filter((kind) => kind !== 'wiped'),
    ['scriptFetched', 'calledBack', 'laidOut', ...end],
  );
  const said = await bootLocally(/has no boot loader\s|METALRIG READY/);
  t.match(said, /METALRIG CHAINLOAD slot=1[^]*METALRIG slot 1 has no boot loader/);
});
