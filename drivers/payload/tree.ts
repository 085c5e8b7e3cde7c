/** One entry of a file tree that goes into an initramfs or a root filesystem. Paths have no leading slash. */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'characterDevice';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** Everything in a built tree bears this instant, in Unix seconds (2026-11-01T00:00:00Z), so that the bytes repeat. */
export const SOURCE_DATE_EPOCH_S = 1_793_491_200;

/**
 * The tree in the one order that both writers use: parents before children, siblings by code point, every missing
 * parent directory added with mode 0755.
 *
 * @throws Error when two entries have the same path: a recipe that names a file twice is a bug
 */
export function completeTree(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const byPath = new Map<string, TreeEntry>();
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`${entry.path} is twice in the tree`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (const parent of parentsOf(path)) {
      if (!byPath.has(parent)) byPath.set(parent, { kind: 'directory', path: parent, mode: 0o755 });
    }
  }
  // A slash sorts before every character of a name here, so a directory comes right before what is in it.
  const sortKey = (path: string): string => path.replaceAll('/', '\u0000');
  return [...byPath.values()].sort((left, right) => (sortKey(left.path) < sortKey(right.path) ? -1 : 1));
}

/** `a/b/c` gives `a`, `a/b`. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
