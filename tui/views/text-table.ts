import { fit } from './run-lines.js';

/**
 * Rows of cells as lines, each column as wide as its widest cell, cut at the terminal's edge. What a cell holds may
 * come from a machine: control characters never reach the terminal.
 */
export function table(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, '?')));
  const most = Math.max(0, ...clean.map((row) => row.length));
  const widths = Array.from({ length: most }, (_, at) => Math.max(0, ...clean.map((row) => row[at]?.length ?? 0)));
  return clean.map((row) =>
    fit(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
      columns,
    ),
  );
}
