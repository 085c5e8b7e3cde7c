import type { FaultTable } from './table.js';

/** LUN: images and their copy-on-write clones, and serving them. */
export type LunFault =
  | { readonly code: 'LUN-001'; readonly kind: 'image.missing'; readonly file: string; readonly why: string }
  | {
      readonly code: 'LUN-002';
      readonly kind: 'image.truncated';
      readonly file: string;
      readonly expected_bytes: number;
      readonly actual_bytes: number;
    }
  | { readonly code: 'LUN-003'; readonly kind: 'base.changed'; readonly file: string; readonly base: string }
  | { readonly code: 'LUN-004'; readonly kind: 'disk.full'; readonly file: string }
  | { readonly code: 'LUN-005'; readonly kind: 'lun.inUse'; readonly file: string; readonly pid: number }
  | { readonly code: 'LUN-006'; readonly kind: 'clone.damaged'; readonly file: string; readonly what: string }
  | { readonly code: 'LUN-007'; readonly kind: 'image.badSize'; readonly file: string; readonly size_bytes: number }
  | { readonly code: 'LUN-008'; readonly kind: 'file.failed'; readonly file: string; readonly why: string }
  | { readonly code: 'LUN-009'; readonly kind: 'clone.exists'; readonly file: string }
  | {
      readonly code: 'LUN-010';
      readonly kind: 'portal.taken';
      readonly host: string;
      readonly port: number;
      readonly why: string;
    }
  | { readonly code: 'LUN-011'; readonly kind: 'image.changed'; readonly file: string }
  | {
      readonly code: 'LUN-012';
      readonly kind: 'set.notStaged';
      readonly image: string;
      readonly nodes: readonly string[];
    }
  | {
      readonly code: 'LUN-013';
      readonly kind: 'set.noneBefore';
      readonly image: string;
      readonly nodes: readonly string[];
    }
  | { readonly code: 'LUN-014'; readonly kind: 'sets.damaged'; readonly file: string; readonly what: string }
  | { readonly code: 'LUN-015'; readonly kind: 'lun.notCleared'; readonly file: string; readonly offset_bytes: number };

export const lunFaults: FaultTable<LunFault> = {
  'LUN-001': {
    says: (fault) => `${fault.file} cannot be opened: ${fault.why}`,
    remedy: (fault) =>
      `Check that ${fault.file} exists and that this user may read it, and write it where it is not read-only.`,
  },
  'LUN-002': {
    says: (fault) => `${fault.file} has ${fault.actual_bytes} bytes, and ${fault.expected_bytes} belong there`,
    remedy: (fault) => `Fetch or build ${fault.file} again; a clone that was cut off has to be made anew.`,
  },
  'LUN-003': {
    says: (fault) => `the base ${fault.base} is not as it was when ${fault.file} was cloned from it`,
    remedy: (fault) =>
      `Put the old ${fault.base} back with its modification time, or delete ${fault.file} and clone again.`,
  },
  'LUN-004': {
    says: (fault) => `the disk that holds ${fault.file} is full`,
    remedy: () => 'Free some space there; the initiator may then repeat what it wrote.',
  },
  'LUN-005': {
    says: (fault) => `${fault.file} is in use by process ${fault.pid}`,
    remedy: (fault) => `Stop process ${fault.pid} first, or give this LUN a clone of its own.`,
  },
  'LUN-006': {
    says: (fault) => `${fault.file} is not a sound clone: ${fault.what}`,
    remedy: (fault) => `Delete ${fault.file} and clone its base again.`,
  },
  'LUN-007': {
    says: (fault) => `${fault.file} has ${fault.size_bytes} bytes, which is not a positive number of blocks of 512`,
    remedy: (fault) =>
      `Check that ${fault.file} is a raw disk image; if it is, fill it up with zeros to a whole block.`,
  },
  'LUN-008': {
    says: (fault) => `${fault.file} could not be read or written: ${fault.why}`,
    remedy: () => "Look for I/O errors in the host's kernel log, and at the file system that holds it.",
  },
  'LUN-009': {
    says: (fault) => `${fault.file} is there already`,
    remedy: (fault) => `Open ${fault.file} instead, or delete it if what was written to it is no longer wanted.`,
  },
  'LUN-010': {
    says: (fault) => `cannot listen on ${fault.host} port ${fault.port}: ${fault.why}`,
    remedy: () => 'Choose another port or address, or stop what listens there.',
  },
  'LUN-011': {
    says: (fault) => `${fault.file} was changed while it was being served read-only`,
    remedy: (fault) => `Find out what wrote to ${fault.file}; put the image back, and open its LUNs again.`,
  },
  'LUN-012': {
    says: (fault) =>
      `${fault.nodes.join(', ')} has no LUN of ${fault.image}: it was not staged, or another image was staged over it`,
    remedy: (fault) => `Nothing was switched. Deploy ${fault.image} again; one image at a time to the same root nodes.`,
  },
  'LUN-013': {
    says: (fault) => `what ${fault.nodes.join(', ')} had before ${fault.image} is not there any more`,
    remedy: () =>
      'Nothing was switched. Deploy the earlier image again: what is staged takes the place of what was before.',
  },
  'LUN-014': {
    says: (fault) => `${fault.file} does not say which LUNs there are: ${fault.what}`,
    remedy: (fault) =>
      `Put ${fault.file} back from a backup; or move its directory aside, stage again, and clear what was moved.`,
  },
  'LUN-015': {
    says: (fault) => `${fault.file} was cleared, and byte ${fault.offset_bytes} of it is not zero when read back`,
    remedy: () =>
      'Let nobody else use this disk; look for I/O errors in the kernel log, and for who else writes there.',
  },
};
