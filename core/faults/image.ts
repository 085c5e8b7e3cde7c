import type { FaultTable } from './table.js';

/** IMG: images on the shelf, and what is handed in for it. */
export type ImageFault =
  | { readonly code: 'IMG-001'; readonly kind: 'image.badName'; readonly text: string; readonly why: string }
  | { readonly code: 'IMG-002'; readonly kind: 'image.unknown'; readonly image: string; readonly store: string }
  | { readonly code: 'IMG-003'; readonly kind: 'image.exists'; readonly image: string }
  | { readonly code: 'IMG-004'; readonly kind: 'image.damaged'; readonly image: string; readonly what: string }
  | { readonly code: 'IMG-005'; readonly kind: 'source.unreadable'; readonly path: string; readonly why: string }
  | { readonly code: 'IMG-006'; readonly kind: 'part.missing'; readonly file: string }
  | {
      readonly code: 'IMG-007';
      readonly kind: 'sum.wrong';
      readonly file: string;
      readonly sums: string;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly code: 'IMG-008'; readonly kind: 'stream.bad'; readonly file: string; readonly what: string }
  | { readonly code: 'IMG-009'; readonly kind: 'source.unsupported'; readonly file: string; readonly what: string }
  | { readonly code: 'IMG-010'; readonly kind: 'file.hostile'; readonly file: string; readonly what: string }
  | {
      readonly code: 'IMG-011';
      readonly kind: 'fileSystem.differs';
      readonly file: string;
      readonly named: string;
      readonly found: string;
    }
  | {
      readonly code: 'IMG-012';
      readonly kind: 'partition.tooLarge';
      readonly partition: string;
      readonly size_bytes: number;
      readonly room_bytes: number;
    }
  | { readonly code: 'IMG-013'; readonly kind: 'disk.full'; readonly path: string }
  | { readonly code: 'IMG-014'; readonly kind: 'store.failed'; readonly path: string; readonly why: string }
  | { readonly code: 'IMG-015'; readonly kind: 'source.malformed'; readonly file: string; readonly what: string }
  | { readonly code: 'IMG-016'; readonly kind: 'tool.failed'; readonly program: string; readonly said: string }
  | { readonly code: 'IMG-017'; readonly kind: 'target.exists'; readonly path: string }
  | {
      readonly code: 'IMG-018';
      readonly kind: 'partition.unknown';
      readonly image: string;
      readonly partition: string;
      readonly known: readonly string[];
    }
  | {
      readonly code: 'IMG-019';
      readonly kind: 'image.noRoot';
      readonly image: string;
      readonly has: readonly string[];
    };

export const imageFaults: FaultTable<ImageFault> = {
  'IMG-001': {
    says: (fault) => `${JSON.stringify(fault.text)} is no name for an image: ${fault.why}`,
    remedy: () =>
      'Name it PROJECT/NAME, each of lower-case letters, digits, dots, dashes and underscores, at most 63 of them.',
  },
  'IMG-002': {
    says: (fault) => `there is no image ${fault.image} in ${fault.store}`,
    remedy: () => 'See which there are with metalrig image list, and name the store with --store.',
  },
  'IMG-003': {
    says: (fault) => `the image ${fault.image} is there already`,
    remedy: (fault) => `Choose another name, or take it away first: metalrig image remove ${fault.image}`,
  },
  'IMG-004': {
    says: (fault) => `the image ${fault.image} is damaged: ${fault.what}`,
    remedy: (fault) =>
      `See all of it with metalrig image verify ${fault.image}; remove the image and add it again from its source.`,
  },
  'IMG-005': {
    says: (fault) => `${JSON.stringify(fault.path)} cannot be read: ${fault.why}`,
    remedy: () => 'Check that it exists and that this user may read it.',
  },
  'IMG-006': {
    says: (fault) => `the file ${fault.file} is missing`,
    remedy: () => 'Copy the image directory again with all of its files; nothing was added.',
  },
  'IMG-007': {
    says: (fault) => `${fault.file} has checksum ${fault.actual}, and ${fault.sums} says ${fault.expected}`,
    remedy: (fault) => `Copy ${fault.file} again from where the image was made; nothing was added.`,
  },
  'IMG-008': {
    says: (fault) => `${fault.file} does not hold one whole partition image: ${fault.what}`,
    remedy: () => 'Copy it again from where the image was made, or make the image again; nothing was added.',
  },
  'IMG-009': {
    says: (fault) => `${JSON.stringify(fault.file)} cannot be kept: ${fault.what}`,
    remedy: () =>
      'Save ext2, ext3, ext4 or FAT by partclone with gzip or zstd, from a disk with an MBR partition table.',
  },
  'IMG-010': {
    says: (fault) => `${JSON.stringify(fault.file)} is refused: ${fault.what}`,
    remedy: () => 'Hand in a plain directory as Clonezilla writes it: files only, with their plain names.',
  },
  'IMG-011': {
    says: (fault) => `${fault.file} is named ${fault.named}, and holds ${fault.found}`,
    remedy: () => 'Make the image again: a file whose name and content differ was mixed up or tampered with.',
  },
  'IMG-012': {
    says: (fault) => `${fault.partition} takes ${fault.size_bytes} bytes, and there is room for ${fault.room_bytes}`,
    remedy: () => 'Shrink its file system and partition before the image is made, or choose a larger place for it.',
  },
  'IMG-013': {
    says: (fault) => `the disk that holds ${fault.path} is full`,
    remedy: () => 'Free some space there, or choose another place; nothing half-done was left behind.',
  },
  'IMG-014': {
    says: (fault) => `${fault.path} could not be read or written: ${fault.why}`,
    remedy: () => "Check its permissions and mount; for I/O errors look into the host's kernel log.",
  },
  'IMG-015': {
    says: (fault) => `${fault.file} is not as Clonezilla writes it: ${fault.what}`,
    remedy: () => 'Copy the image directory again, or make the image again; nothing was added.',
  },
  'IMG-016': {
    says: (fault) => `${fault.program} failed: ${fault.said}`,
    remedy: () => 'Check the file system (e2fsck -f, fsck.fat) while it is not mounted, and try again.',
  },
  'IMG-017': {
    says: (fault) => `${fault.path} is there already`,
    remedy: () => 'Choose another target; only a block device is written over.',
  },
  'IMG-018': {
    says: (fault) => `${fault.image} has no partition ${fault.partition}; it has ${fault.known.join(', ')}`,
    remedy: (fault) => `See metalrig image show ${fault.image}.`,
  },
  'IMG-019': {
    says: (fault) => `no node can start from ${fault.image}: of ${fault.has.join(', ')} none is a Linux root`,
    remedy: () => 'Hand in an image with a root partition of ext2, ext3 or ext4.',
  },
};
