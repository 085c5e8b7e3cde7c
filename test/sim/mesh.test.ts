import fc from 'fast-check';
import t from 'tap';
import { CHAINS, type Observation, type Stage } from '../../core/evidence.js';
import { nodeId } from '../../core/ids.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import { VirtualClock } from '../../sim/clock.js';
import { measuredTimes } from '../../sim/stages/times.js';
import { World } from '../../sim/world.js';
import { simFacts } from '../arbitraries/worlds.js';

const MESH = nodeId('mesh1');

function meshWorld(seed = 7) {
  const clock = new VirtualClock();
  const seen: Observation[] = [];
  const observe = (observation: Observation): void => {
    seen.push(observation);
  };
  const world = new World({ clock, nodes: [simFacts('mesh1')], seed, times: measuredTimes, tftpSlots: 1, observe });
  const stages = (): readonly (Stage | 'trouble' | 'ended')[] =>
    seen.map((observation) => (observation.kind === 'reached' ? observation.stage : observation.kind));
  return { clock, world, seen, stages };
}

void t.test('sim mesh node: local boot -> both GRUBs; told to deploy, from the next boot on the ramdisk', async (t) => {
  const { clock, world, seen, stages } = meshWorld();
  t.equal(world.desiredBoot(MESH), 'local');
  world.setPower(MESH, 'on');
  clock.run();
  t.same(stages(), CHAINS.disk.slice(1));
  world.setDesiredBoot(MESH, 'deploy');
  world.setPower(MESH, 'off');
  const { length } = seen;
  world.setPower(MESH, 'on');
  clock.run();
  t.same(stages().slice(length), CHAINS.ramdisk.slice(1));
  t.match(
    seen.find(({ what }) => what.includes('HTTP')),
    { what: 'HTTP GET /boot/mesh1.ipxe' },
  );
});

void t.test('sim mesh node: for every instant of the wish, the script that is loaded decides', async (t) => {
  fc.assert(
    fc.property(fc.nat(4_000), fc.nat(), (at_ms, seed) => {
      const { clock, world, stages } = meshWorld(seed);
      world.setPower(MESH, 'on');
      clock.run(at_ms);
      const isTooLate = stages().includes('ipxe.script');
      world.setDesiredBoot(MESH, 'deploy');
      clock.run();
      return stages().join() === CHAINS[isTooLate ? 'disk' : 'ramdisk'].slice(1).join();
    }),
  );
  t.pass();
});

/** The median of the times to rest over many seeds, in ms. */
function typical_ms(desired: 'deploy' | 'local'): number {
  const times = Array.from({ length: 201 }, (_, seed) => {
    const { clock, world } = meshWorld(seed);
    world.setDesiredBoot(MESH, desired);
    world.setPower(MESH, 'on');
    clock.run();
    return clock.now();
  });
  return times.toSorted((a, b) => a - b)[100] ?? 0;
}

void t.test('sim mesh node: times -> about what was measured, or a busy machine', async (t) => {
  // Measured alone: 8.0 s from the local disk, 3.2 s into the ramdisk; the spreads lean to machines that are busy.
  const local_ms = typical_ms('local');
  const deploy_ms = typical_ms('deploy');
  t.ok(local_ms > 8_000 && local_ms < 20_000, `local: ${local_ms} ms`);
  t.ok(deploy_ms > 3_200 && deploy_ms < 9_000, `deploy: ${deploy_ms} ms`);
});

const HELD: readonly (readonly [MishapKind, Stage, readonly string[]])[] = [
  // What gets nothing from the network goes on to the local disk.
  ['script.missing', 'ipxe.script', ['trouble', ...afterOf('ipxe.script')]],
  ['disk.no-boot-code', 'ipxe.script', []],
  ['slot.no-boot-loader', 'bootloader.mbr', ['trouble']],
  ['kernel.panic', 'kernel', ['ended']],
];

void t.test('sim mesh node: each mishap -> the boot stops at its stage; healed at once it goes on', async (t) => {
  for (const [mishap, stage, signs] of HELD) {
    for (const isHealed of [false, true]) {
      const { clock, world, stages } = meshWorld();
      world.begin(MESH, mishap);
      world.setPower(MESH, 'on');
      while (stages().at(-1) !== stage) clock.step();
      if (isHealed) world.heal(MESH, mishap);
      clock.run();
      t.same(stages().slice(stages().indexOf(stage) + 1), isHealed ? afterOf(stage) : signs, mishap);
    }
  }
});

function afterOf(stage: Stage): readonly Stage[] {
  const chain: readonly Stage[] = CHAINS.disk;
  return chain.slice(chain.indexOf(stage) + 1);
}

void t.test('sim mesh node: flaws of disk and image -> the deploy ramdisk comes up all the same', async (t) => {
  for (const mishap of ['disk.no-boot-code', 'slot.no-boot-loader', 'kernel.panic', 'lun.refuse'] as const) {
    const { clock, world, stages } = meshWorld();
    world.begin(MESH, mishap);
    world.setDesiredBoot(MESH, 'deploy');
    world.setPower(MESH, 'on');
    clock.run();
    t.equal(stages().at(-1), 'ramdisk', mishap);
  }
});

void t.test('sim mesh node: its cable pulled in GRUB -> it is up, as its disk is its own', async (t) => {
  const { clock, world, stages } = meshWorld();
  world.setPower(MESH, 'on');
  while (stages().at(-1) !== 'bootloader.mbr') clock.step();
  world.begin(MESH, 'wire.cut');
  clock.run();
  t.equal(stages().at(-1), 'up');
});
