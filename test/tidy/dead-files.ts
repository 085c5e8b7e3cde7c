import { importsOf, resolved } from './syntax-tree.js';
import { isAt, isShipped, type Complaint, type TextFile } from './text-file.js';

/** Files that something else than an import brings to life. */
const ENTRY_POINTS: readonly string[] = [
  // The bin of package.json.
  'tui/main.ts',
];

/** Shipped files that no shipped file imports. A test that imports one does not keep it alive: nobody can use it. */
export function deadFiles(files: readonly TextFile[]): readonly Complaint[] {
  const shipped = files.filter(({ path }) => isShipped(path));
  const alive = new Set(
    shipped.flatMap((file) => importsOf(file).map(({ specifier }) => resolved(file.path, specifier))),
  );
  return shipped
    .filter(({ path }) => !alive.has(path) && !ENTRY_POINTS.some((entry) => isAt(path, entry)))
    .map(({ path }) => ({ path, line: 1, says: 'nothing imports it; wire it up or delete it' }));
}
