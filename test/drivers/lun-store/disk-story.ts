import fc from 'fast-check';

/** What an initiator does to a disk, in blocks. */
export type DiskStep =
  | { readonly does: 'write'; readonly block: number; readonly blocks: number; readonly fill: number }
  | { readonly does: 'unmap'; readonly block: number; readonly blocks: number }
  | { readonly does: 'read'; readonly block: number; readonly blocks: number }
  | { readonly does: 'reopen' };

export const BLOCK_BYTES = 512;
/** Ten clusters of 4 KiB and a short one. */
export const DISK_BLOCKS = 83;
export const DISK_BYTES = DISK_BLOCKS * BLOCK_BYTES;

const range = fc
  .tuple(fc.nat(DISK_BLOCKS - 1), fc.integer({ min: 1, max: 30 }))
  .map(([block, blocks]) => ({ block, blocks: Math.min(blocks, DISK_BLOCKS - block) }));

export const diskSteps: fc.Arbitrary<readonly DiskStep[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(range, fc.integer({ min: 1, max: 255 })).map(writeStep) },
    { weight: 2, arbitrary: range.map((where) => ({ does: 'unmap', ...where }) as const) },
    { weight: 2, arbitrary: range.map((where) => ({ does: 'read', ...where }) as const) },
    { weight: 1, arbitrary: fc.constant({ does: 'reopen' } as const) },
  ),
  { minLength: 1, maxLength: 25 },
);

function writeStep([where, fill]: readonly [{ readonly block: number; readonly blocks: number }, number]): DiskStep {
  return { does: 'write', ...where, fill };
}

/** No two blocks of it are alike, and none is all zeros. */
export function patternedDisk(): Buffer {
  const bytes = Buffer.alloc(DISK_BYTES);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (Math.floor(at / BLOCK_BYTES) * 7 + at) % 251 || 1;
  return bytes;
}

/** The bytes that a write of `step` stores: told apart from every other write's by their places too. */
export function bytesOf(step: Extract<DiskStep, { does: 'write' }>): Buffer {
  const bytes = Buffer.alloc(step.blocks * BLOCK_BYTES);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (step.fill + at * 3) % 256;
  return bytes;
}
