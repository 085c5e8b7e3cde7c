import type { Stage } from '../../core/evidence.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import type { Sight, SimNodeFacts } from '../world.js';

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
  readonly episodes: readonly Episode[];
}

const noBootableDevice: Episode['sight'] = () => ({ kind: 'ended', fault: null, what: 'No bootable device.' });

/** Drawn from what the emulated rack does for the same mishap; the times are those of its firmware (SeaBIOS, iPXE 2019). */
export const OBSTACLES: Readonly<Partial<Record<MishapKind, Obstacle>>> = {
  // iPXE repeats its DISCOVER after 1, 2 and 4 s; "No bootable device" was measured 20.4 s after power-on.
  'dhcp.mute': {
    at: ['pxe.dhcp', 'ipxe.dhcp'],
    episodes: [
      { after_ms: 7_000, sight: dhcpUnanswered },
      { after_ms: 13_000, sight: noBootableDevice },
    ],
  },
  'boot-file.wrong': {
    at: ['pxe.tftp'],
    episodes: [
      { after_ms: 20, sight: bootFileMissing },
      { after_ms: 2_000, sight: noBootableDevice },
    ],
  },
  'lun.refuse': {
    at: ['iscsi.login'],
    episodes: [
      { after_ms: 20, sight: loginRefused },
      { after_ms: 2_000, sight: noBootableDevice },
    ],
  },
  // A master boot record without boot code spins without a word: nothing is seen until the deadline.
  'lun.no-boot-loader': { at: ['iscsi.boot'], episodes: [] },
  'kernel.panic': { at: ['kernel'], episodes: [{ after_ms: 2_000, sight: kernelPanic }] },
};

function dhcpUnanswered(): Sight {
  const fault = { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: 'pxe.dhcp' } as const;
  return { kind: 'trouble', fault, what: 'third DHCP DISCOVER without an answer' };
}

function bootFileMissing({ bootFile }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-003', kind: 'bootFile.missing', file: `${bootFile}.missing` } as const;
  return { kind: 'trouble', fault, what: 'TFTP error 1: file not found' };
}

function loginRefused({ target }: SimNodeFacts): Sight {
  const fault = { code: 'BOOT-004', kind: 'lun.refused', target, status: 'authorization failure' } as const;
  return { kind: 'trouble', fault, what: 'iSCSI login status 0202' };
}

function kernelPanic(): Sight {
  const text = 'Attempted to kill init!';
  return {
    kind: 'ended',
    fault: { code: 'BOOT-006', kind: 'kernel.panic', text },
    what: `Kernel panic - not syncing: ${text}`,
  };
}
