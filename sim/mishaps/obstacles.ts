import { scriptPath } from '../../core/boot-script.js';
import type { ChainName, Stage } from '../../core/evidence.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import type { SimNodeFacts } from '../node.js';
import type { Sight } from '../world.js';

/** One thing seen while a mishap holds a boot up. */
export interface Episode {
  /** After the one before, or after the stage was entered. */
  readonly after_ms: number;
  readonly sight: (node: SimNodeFacts) => Sight;
}

/** What a mishap does to the boots that meet it. */
export interface Obstacle {
  /** At these stages the boot gets no further. */
  readonly at: readonly Stage[];
  /** On these chains at these stages instead. */
  readonly on?: Readonly<Partial<Record<ChainName, readonly Stage[]>>>;
  readonly episodes: readonly Episode[];
  /** The boot gets over it by itself after so long; without it, only when it is healed. */
  readonly over_ms?: number;
}

/** The firmware has nothing left to try; where there is a local disk, it tries that first. */
export const noBootableDevice: Episode['sight'] = () => ({ kind: 'ended', fault: null, what: 'No bootable device' });

/** Drawn from what the emulated rack was seen to do for the same mishap (SeaBIOS 1.16.2, iPXE of 2019). */
export const OBSTACLES: Readonly<Partial<Record<MishapKind, Obstacle>>> = {
  // iPXE repeats its DISCOVER after 1, 2 and 4 s and gives up 17 s after the first.
  'dhcp.mute': {
    at: ['pxe.dhcp', 'ipxe.dhcp'],
    episodes: [
      { after_ms: 7_000, sight: dhcpUnanswered },
      { after_ms: 10_000, sight: noBootableDevice },
    ],
  },
  'boot-file.wrong': {
    at: ['pxe.tftp'],
    episodes: [
      { after_ms: 5, sight: bootFileMissing },
      { after_ms: 80, sight: noBootableDevice },
    ],
  },
  'lun.refuse': {
    at: ['iscsi.login'],
    episodes: [
      { after_ms: 20, sight: loginRefused },
      { after_ms: 240, sight: noBootableDevice },
    ],
  },
  // iPXE looks for the 55 aa signature itself and gives up where there is none.
  'lun.no-boot-loader': { at: ['iscsi.boot'], episodes: [{ after_ms: 600, sight: noBootableDevice }] },
  // iPXE asks again after 1.0 s (measured).
  'wire.offer-lost': { at: ['pxe.dhcp'], episodes: [], over_ms: 1_000 },
  // TCP and the firmware's own timers take up where they were (measured: a cut of 10 s costs 13.2 s).
  'wire.cut': {
    at: ['pxe.dhcp', 'pxe.tftp', 'ipxe.dhcp', 'iscsi.login', 'iscsi.boot', 'bootloader', 'kernel', 'userland'],
    on: {
      // What boots from the local disk needs no network; the ramdisk calls back over it.
      disk: ['pxe.dhcp', 'pxe.tftp', 'ipxe.dhcp', 'ipxe.script'],
      ramdisk: ['pxe.dhcp', 'pxe.tftp', 'ipxe.dhcp', 'ipxe.script', 'kernel'],
    },
    episodes: [],
  },
  // It is the image's kernel that panics, and not the ramdisk's.
  'kernel.panic': { at: ['kernel'], on: { ramdisk: [] }, episodes: [{ after_ms: 4_000, sight: kernelPanic }] },
  'script.missing': {
    at: ['ipxe.script'],
    episodes: [
      { after_ms: 5, sight: scriptMissing },
      { after_ms: 80, sight: noBootableDevice },
    ],
  },
  // The node spins at "Booting from SAN device 0x80" without another word.
  'disk.no-boot-code': { at: ['ipxe.script'], on: { ramdisk: [] }, episodes: [] },
  // GRUB says so and waits for somebody to press a key.
  'slot.no-boot-loader': { at: ['bootloader.mbr'], episodes: [{ after_ms: 900, sight: invalidSignature }] },
};

/** Which of a node's mishaps holds it up at a stage. */
export function obstacleAt({ mishaps, flaw, chain }: Beset, stage: Stage): MishapKind | undefined {
  for (const mishap of flaw === null ? mishaps : [...mishaps, flaw]) {
    const obstacle = OBSTACLES[mishap];
    const stages = obstacle?.on?.[chain] ?? obstacle?.at;
    if (stages?.includes(stage) === true) return mishap;
  }
  return undefined;
}

/** A node, as far as mishaps meet it. */
interface Beset {
  readonly mishaps: ReadonlySet<MishapKind>;
  /** What is wrong with the image that it boots. */
  readonly flaw: MishapKind | null;
  readonly chain: ChainName;
}

function dhcpUnanswered(): Sight {
  const fault = { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: 'pxe.dhcp' } as const;
  return { kind: 'trouble', fault, what: 'third DHCP DISCOVER without an answer' };
}

function bootFileMissing({ bootFile }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-003', kind: 'bootFile.missing', file: `${bootFile}.missing` } as const;
  return { kind: 'trouble', fault, what: 'TFTP error 1' };
}

function loginRefused({ target }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-004', kind: 'lun.refused', target, status: 'not authorised (0202)' } as const;
  return { kind: 'trouble', fault, what: 'iSCSI login refused: not authorised (0202)' };
}

function scriptMissing({ id }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-010', kind: 'script.missing', file: scriptPath(id) } as const;
  return { kind: 'trouble', fault, what: `HTTP 404 for ${fault.file}` };
}

function invalidSignature({ slot }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-012', kind: 'slot.noBootLoader', slot: `slot ${slot ?? 1}` } as const;
  return { kind: 'trouble', fault, what: 'error: invalid signature.' };
}

function kernelPanic(): Sight {
  const text = 'VFS: Unable to mount root fs on unknown-block(0,0)';
  return {
    kind: 'ended',
    fault: { code: 'BOOT-006', kind: 'kernel.panic', text },
    what: `Kernel panic - not syncing: ${text}`,
  };
}
