import type { FileFault } from '../faults/config.js';

/** One thing wrong with a text that a user wrote. `offset` counts UTF-16 units from the start of the text. */
export interface Problem {
  readonly offset: number;
  readonly what: string;
  readonly mend: string;
}

/** More than that nobody reads at once; the next ones show when these are mended. */
const MOST_TOLD = 50;

/** The faults of a file in the order of their places, each told once. */
export function fileFaults(text: string, file: string, problems: readonly Problem[]): readonly FileFault[] {
  const seen = new Set<string>();
  return [...problems]
    .sort((one, other) => one.offset - other.offset)
    .filter((problem) => {
      const key = `${problem.offset} ${problem.what}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MOST_TOLD)
    .map(({ offset, what, mend }) => ({
      code: 'CFG-002',
      kind: 'file.bad',
      file,
      ...placeOf(text, offset),
      what,
      mend,
    }));
}

/** Line and column, both from 1; a column counts characters, as editors do. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.min(offset, text.length));
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.slice(lineStart).replace(/^\uFEFF/, '');
  return { line: before.split('\n').length, column: Array.from(line).length + 1 };
}
