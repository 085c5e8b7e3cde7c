import { linesMatching, type Complaint, type TextFile } from './text-file.js';

const TOP_LEVEL = ['core', 'docs', 'drivers', 'scenarios', 'sim', 'test', 'tui'];

export function oneTitle(file: TextFile): readonly Complaint[] {
  let isFenced = false;
  const titles = file.text.split('\n').flatMap((line, index) => {
    if (/^(```|~~~)/.test(line)) isFenced = !isFenced;
    return !isFenced && line.startsWith('# ') ? [index + 1] : [];
  });
  if (titles.length === 1 && titles[0] === 1) return [];
  const line = titles[0] === 1 ? (titles[1] ?? 1) : (titles[0] ?? 1);
  return [{ path: file.path, line, says: 'one `# Title` a page, on its first line' }];
}

/** Home folders, work trees: what holds on one machine only. A guest's own paths, `/root` among them, are not meant. */
const MACHINE_PATH = /(?<![\w.\-/}])\/(work|home\/\w+|Users\/\w+|root\/\.\w+)\b/;

export function machinePaths(file: TextFile): readonly Complaint[] {
  return linesMatching(file, MACHINE_PATH, 'a path of one machine; make it relative or take it from the environment');
}

export function topLevel(folders: readonly string[]): readonly Complaint[] {
  return folders
    .filter((folder) => !TOP_LEVEL.includes(folder))
    .map((path) => ({ path, line: 1, says: `the top level is fixed: ${TOP_LEVEL.join(', ')}` }));
}

/** npm then takes each package from the registry that its user has configured; the integrity hashes stay. */
export function lockFile(file: TextFile): readonly Complaint[] {
  return linesMatching(file, /"resolved":/, 'a resolved URL; set omit-lockfile-registry-resolved=true and lock again');
}
