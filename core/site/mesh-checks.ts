import { isAddressable, diskLayout } from '../disk/layout.js';
import { keysAt, textAt } from './checks.js';
import type { Path, YamlDocument } from './document.js';
import { isMapping } from './known.js';
import type { Problem } from './problem.js';
import type { Check } from './read-shape.js';
import { valueAt } from './shape-problems.js';
import { DEFAULT_DISK, type DiskSizes } from './site.js';
import { sizeOf } from './size.js';

/** What mesh nodes have and root nodes have not, and whether their disk can be. */
export const MESH_CHECKS: readonly Check[] = [foreignKeyCheck, slotCheck, diskCheck];

/** A root node has no slots; a mesh node has no LUN that anybody could log in to. */
function foreignKeyCheck(document: YamlDocument): readonly Problem[] {
  return keysAt(document, ['nodes']).flatMap((node) => {
    const isMesh = textAt(document, ['nodes', node, 'kind']) === 'mesh';
    const foreign = isMesh ? ['initiators', 'chap'] : ['slot'];
    return foreign
      .filter((key) => keysAt(document, ['nodes', node]).includes(key))
      .map((key) => {
        const offset = document.offsetOfKey(['nodes', node, key]);
        const what = isMesh ? `a mesh node has no LUN, and so no ${key}` : `only mesh nodes have a ${key}`;
        return { offset, what, mend: isMesh ? 'Delete it.' : 'Delete it, or add kind: mesh.' };
      });
  });
}

function slotCheck(document: YamlDocument): readonly Problem[] {
  const slots = numberAt(document, ['disk', 'slots']) ?? DEFAULT_DISK.slots;
  return keysAt(document, ['nodes']).flatMap((node) => {
    const path = ['nodes', node, 'slot'];
    const slot = numberAt(document, path);
    if (slot === null || slot <= slots) return [];
    const what = `the disk has ${slots} slots, and no slot ${slot}`;
    return [{ offset: document.offsetOf(path), what, mend: `Give at most ${slots}, or raise disk.slots.` }];
  });
}

function diskCheck(document: YamlDocument): readonly Problem[] {
  if (!isMapping(valueAt(document.value, ['disk']))) return [];
  const size = (key: string): number | null => sizeOf(textAt(document, ['disk', key]) ?? '');
  const sizes: DiskSizes = {
    boot_bytes: size('boot') ?? DEFAULT_DISK.boot_bytes,
    swap_bytes: size('swap') ?? DEFAULT_DISK.swap_bytes,
    reserved_bytes: size('reserved') ?? DEFAULT_DISK.reserved_bytes,
    slot_bytes: size('slot') ?? DEFAULT_DISK.slot_bytes,
    slots: Math.min(numberAt(document, ['disk', 'slots']) ?? DEFAULT_DISK.slots, DEFAULT_DISK.slots),
  };
  if (isAddressable(diskLayout(sizes))) return [];
  const what = 'all partitions together are beyond the 2 TiB that a master boot record can point to';
  return [{ offset: document.offsetOfKey(['disk']), what, mend: 'Make the partitions smaller, or the slots fewer.' }];
}

function numberAt(document: YamlDocument, path: Path): number | null {
  const value = valueAt(document.value, path);
  return typeof value === 'number' ? value : null;
}
