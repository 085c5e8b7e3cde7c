import type { Clock } from '../../core/clock.js';
import type { Answer, EffectCatalog, EffectInput, EffectKind } from '../../core/effects/catalog.js';
import type { Cancel } from '../../core/effects/perform.js';
import type { Handlers } from '../../core/effects/route.js';
import { faultOf } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import { holdsOf } from '../../core/luns/sets.js';
import { sumOf, type WipeProof } from '../../core/ports/wipe-proof.js';
import type { Fleet } from '../fleet/fleet.js';
import type { World } from '../world.js';

export interface LifecycleParts {
  readonly clock: Clock;
  readonly world: World;
  readonly fleet: Fleet;
}

/** The emulated chain: 8.0 s from power-on to ready, from either medium; the guest's own time decides. */
const VALIDATE_MS = 8_000;
/** A word between us and a ramdisk, or our own services. */
const WORD_MS = 20;
/** Measured in the emulated ramdisk: 25 partitions 2.2 s, the slot's own GRUB 1.9 s, the first GRUB's file 0.2 s. */
const DISK_MS = { layOut: 2_200, bootLoader: 1_900, setDefault: 200 };
/** What the dark store's disk takes: dd to this host's disk, 395 MB/s; a wipe writes and then reads all of a slot. */
const DISK_BYTES_PER_MS = 395_000;
/** A clone is a header and an open file: 1 to 2 ms each in the emulated rack's store; the image has to be laid out. */
const STAGE_MS = 400;

type LunEffect = 'lun.stage' | 'lun.activate' | 'lun.rollBack' | 'lun.wipe';
type Lifecycle = Pick<
  Handlers,
  LunEffect | 'image.validate' | 'image.store' | 'bootScript.ensure' | 'slot.write' | 'slot.default' | 'slot.wipe'
>;
type Say<K extends EffectKind> = (answer: Answer<K>) => void;

/** What becomes of images in the simulated world. */
export function lifecycleHandlers(parts: LifecycleParts): Lifecycle {
  const { clock, world, fleet } = parts;
  const after = afterOn(clock);
  return {
    'image.validate': ({ image, from }, answer) =>
      after(VALIDATE_MS, answer, () => ({ stopped: fleet.stopOf(image, from) })),
    'image.store': ({ image }, answer) =>
      after(storeTime(fleet, image), answer, () => {
        fleet.shelf.add(image);
        return { image };
      }),
    ...lunHandlers(parts, after),
    'bootScript.ensure': ({ node, script }, answer) =>
      after(WORD_MS, answer, () => {
        world.setDesiredBoot(node, script);
        return { script };
      }),
    'slot.write': (input, answer) => writeSlot(parts, input, answer),
    'slot.default': ({ node, slot }, answer) =>
      absentFrom(parts, { node, effect: 'slot.default' }, answer) ??
      after(DISK_MS.setDefault, answer, () => {
        fleet.disk(node).setDefault(slot);
        return { slot };
      }),
    'slot.wipe': ({ node, slot }, answer) =>
      absentFrom(parts, { node, effect: 'slot.wipe' }, answer) ??
      after(Math.ceil((2 * fleet.slot_bytes) / DISK_BYTES_PER_MS), answer, () => {
        fleet.disk(node).wipe(slot);
        return { proof: proofOf(fleet.slot_bytes, fleet.disk(node).slot(slot).tenants.size > 0) };
      }),
  };
}

/** What is done when it has taken its time; given up before that, it is not done. */
type After = <K extends EffectKind>(wait_ms: number, answer: Say<K>, act: () => EffectCatalog[K]['out']) => Cancel;

function afterOn(clock: Clock): After {
  return (wait_ms, answer, act) => {
    const timer = clock.setTimer(wait_ms, () => answer(answerOf(act, clock.now())));
    return () => timer.cancel();
  };
}

function lunHandlers({ fleet }: LifecycleParts, after: After): Pick<Lifecycle, LunEffect> {
  const { luns } = fleet;
  return {
    'lun.stage': (order, answer) =>
      after(STAGE_MS, answer, () => {
        luns.stage(order);
        return { image: order.image };
      }),
    'lun.activate': (order, answer) =>
      after(0, answer, () => {
        luns.activate(order);
        return { holds: holdsOf(luns.read(), order.nodes) };
      }),
    'lun.rollBack': (order, answer) =>
      after(0, answer, () => {
        luns.rollBack(order);
        return { holds: holdsOf(luns.read(), order.nodes) };
      }),
    'lun.wipe': ({ node, image }, answer) =>
      after(2 * storeTime(fleet, image), answer, () => ({ proof: sumOf(luns.wipe({ image, nodes: [node] })) })),
  };
}

function answerOf<K extends EffectKind>(act: () => EffectCatalog[K]['out'], at: number): Answer<K> {
  try {
    return { ok: true, output: { ...act(), at } };
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return { ok: false, failure: { fault, at } };
  }
}

function storeTime(fleet: Fleet, image: string): number {
  return Math.ceil((fleet.image(image)?.size_bytes ?? 0) / DISK_BYTES_PER_MS);
}

function proofOf(size_bytes: number, isLeft: boolean): WipeProof {
  return { size_bytes, read_bytes: size_bytes, isZero: !isLeft };
}

interface Place<K extends EffectKind> {
  readonly node: NodeId;
  readonly effect: K;
}

/** Null where the node is in its ramdisk; else nobody does what is asked, and that is the answer. */
function absentFrom<K extends EffectKind>(
  { clock, world }: LifecycleParts,
  { node, effect }: Place<K>,
  answer: Say<K>,
) {
  if (world.isInRamdisk(node)) return null;
  const timer = clock.setTimer(WORD_MS, () => {
    const fault = { code: 'EFF-003', kind: 'effect.broke', effect, why: `${node} is not in its ramdisk` } as const;
    answer({ ok: false, failure: { fault, at: clock.now() } });
  });
  return () => timer.cancel();
}

/** Lays the disk out where that is wanted, takes the image from the network, installs the slot's boot loader last. */
function writeSlot(parts: LifecycleParts, input: EffectInput<'slot.write'>, answer: Say<'slot.write'>): Cancel {
  const { clock, fleet, world } = parts;
  const { node, slot, image, among } = input;
  const absent = absentFrom(parts, { node, effect: 'slot.write' }, answer);
  if (absent !== null) return absent;
  const disk = fleet.disk(node);
  const done = (): void => answer({ ok: true, output: { slot, image, at: clock.now() } });
  const held = disk.slot(slot);
  if (held.image === image && held.isWhole) {
    const timer = clock.setTimer(WORD_MS, done);
    return () => timer.cancel();
  }
  const facts = fleet.image(image);
  const project = facts?.project ?? 'site';
  const strangers = [...held.tenants].filter((tenant) => tenant !== project);
  if (strangers.length > 0) fleet.leaks.push(`${node} slot ${slot} of ${strangers.join(', ')} to ${project}`);
  let cancel: Cancel = () => {};
  const leaveDark = world.onDark(node, () => cancel());
  const end = (): void => {
    const timer = clock.setTimer(DISK_MS.bootLoader, () => {
      leaveDark();
      disk.endWrite(slot);
      done();
    });
    cancel = () => timer.cancel();
  };
  const receive = (): void => {
    disk.isLaidOut = true;
    disk.beginWrite(slot, image, project);
    const receiver = { node, image, size_bytes: facts?.size_bytes ?? 0, among, marks: fleet.marks(node) };
    const onPercent = (percent: number): void => fleet.passed(node, percent);
    cancel = fleet.sender.join({ ...receiver, onPercent, onEnd: end });
  };
  const laying = clock.setTimer(disk.isLaidOut ? 0 : DISK_MS.layOut, receive);
  cancel = () => laying.cancel();
  return () => {
    leaveDark();
    cancel();
  };
}
