/** A file of the repository as the rules see it. `path` is relative to its root, with slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a rule found. `line` counts from 1. */
export interface Complaint {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export type Rule = (file: TextFile) => readonly Complaint[];

const CODE_FOLDERS = ['core', 'drivers', 'sim', 'tui'];

/** Code that ships; tests may do what it may not. */
export function isShipped(path: string): boolean {
  return path.endsWith('.ts') && CODE_FOLDERS.includes(path.split('/')[0] ?? '');
}

/** Whether `path` is `place`, or inside of it where that is a folder. */
export function isAt(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

export function linesMatching(file: TextFile, pattern: RegExp, says: string): readonly Complaint[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [{ path: file.path, line: index + 1, says }] : []));
}
