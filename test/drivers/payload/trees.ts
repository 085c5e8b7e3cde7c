import fc from 'fast-check';
import type { TreeEntry } from '../../../drivers/payload/tree.js';

const names = fc.constantFrom('bin', 'busybox', 'a.b', 'a', 'ab', 'lib-x', 'Z', '\u00e9t\u00e9', 'x'.repeat(200));
const leaves = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), mode: fc.constantFrom(0o644, 0o755), content: fc.uint8Array() }),
  fc.record({ kind: fc.constant('symlink' as const), target: fc.constantFrom('busybox', '../a', '/x/y') }),
  fc.record({
    kind: fc.constant('characterDevice' as const),
    mode: fc.constant(0o600),
    major: fc.nat({ max: 255 }),
    minor: fc.nat({ max: 255 }),
  }),
);

/** Small trees; a path that is a file never has another below it. */
export const trees: fc.Arbitrary<readonly TreeEntry[]> = fc
  .array(fc.tuple(fc.array(names, { minLength: 1, maxLength: 3 }), leaves), { maxLength: 12 })
  .map((list) => {
    const tree: TreeEntry[] = [];
    for (const [parts, leaf] of list) {
      // Folders and leaves have names of different kinds, so that they never meet.
      const path = parts.map((part, at) => (at === parts.length - 1 ? `${part}~` : part)).join('/');
      if (!tree.some((entry) => entry.path === path)) tree.push({ ...leaf, path });
    }
    return tree;
  });

/** One file for each size, its bytes all `index + 1`. */
export function treeOfSizes(sizes: readonly number[]): readonly TreeEntry[] {
  return sizes.map((size, index) => ({
    kind: 'file',
    path: `file${index}`,
    mode: 0o644,
    content: new Uint8Array(size).fill(index + 1),
  }));
}
