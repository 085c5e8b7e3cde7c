import type { Stage } from '../evidence.js';
import { isScripted, type ConsoleMemory } from './console-memory.js';
import { gaveUpIn, type ConsoleRow, type Finding } from './console-row.js';

/**
 * A root node has one GRUB, from its LUN. A mesh node has two: one from its disk's master boot record, which chooses a
 * slot, and one from that slot. Both print the same banner; marks of ours in their configurations tell them apart, and
 * a banner that comes after the first one's marks is the second's.
 */
export const GRUB_ROWS: readonly ConsoleRow[] = [
  {
    pattern: /METALRIG STAGE bootloader\.mbr/,
    why: "The first GRUB's configuration is read.",
    isSeenEarly: true,
    read: () => ({ reached: 'bootloader.mbr', remember: { hasFirstGrub: true } }),
  },
  {
    pattern: /METALRIG CHAINLOAD slot=(\d+)/,
    why: "The first GRUB's last word: from here on the slot's own first sector runs.",
    isSeenEarly: true,
    read: ([, slot = '']) => ({ reached: 'bootloader.mbr', remember: { hasFirstGrub: true, slot } }),
  },
  {
    pattern: /(?:GRUB loading|Welcome to GRUB)(?!.*METALRIG (?:STAGE bootloader\.mbr|CHAINLOAD))/,
    why: 'A boot sector ran; GRUB prints dots behind "loading" for as long as it reads.',
    isSeenEarly: true,
    read: (_, memory) => ({ reached: bannerOf(memory) }),
  },
  {
    pattern: /METALRIG STAGE bootloader(?!\.)/,
    why: "The configuration of the LUN's GRUB is read.",
    read: () => ({ reached: 'bootloader' }),
  },
  {
    pattern: /METALRIG STAGE bootloader\.slot/,
    why: "The second GRUB's configuration is read.",
    read: () => ({ reached: 'bootloader.slot' }),
  },
  {
    pattern: /grub rescue>/,
    why: 'GRUB found neither its modules nor its configuration, and waits for somebody to type.',
    isSeenEarly: true,
    read: (_, memory) => ({ ended: gaveUpIn(grubOf(memory) ?? 'bootloader', 'GRUB waits in its rescue shell') }),
  },
  {
    pattern: /METALRIG slot (\d+) has no boot loader/,
    why: "The first GRUB found no signature in the slot's first sector, and gives back to the firmware.",
    read: ([, slot = '']) => ({ ended: { code: 'BOOT-012', kind: 'slot.noBootLoader', slot: `slot ${slot}` } }),
  },
  {
    pattern: /error: (.+)/,
    why: "GRUB's word for a file or a device that it could not read; the menu may still go on.",
    read: ([, text = ''], memory) => troubled(memory, text.trim()),
  },
];

function bannerOf(memory: ConsoleMemory): Stage {
  if (memory.hasFirstGrub) return 'bootloader.slot';
  return isScripted(memory) ? 'bootloader.mbr' : 'bootloader';
}

/** A complaint of the first GRUB after it has chosen a slot is about that slot's first sector. */
function troubled(memory: ConsoleMemory, text: string): Finding | null {
  const stage = grubOf(memory);
  if (stage === null) return null;
  if (stage !== 'bootloader.mbr' || memory.slot === '') return { trouble: gaveUpIn(stage, text) };
  return { trouble: { code: 'BOOT-012', kind: 'slot.noBootLoader', slot: `slot ${memory.slot}` } };
}

/** Which GRUB runs; null when none does. */
function grubOf({ stage }: ConsoleMemory): Stage | null {
  return stage === 'bootloader' || stage === 'bootloader.mbr' || stage === 'bootloader.slot' ? stage : null;
}
