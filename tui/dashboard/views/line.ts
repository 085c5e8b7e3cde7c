/** What a piece of text is, for the eye. Colour only repeats what the words say. */
export type Tone = 'plain' | 'good' | 'bad' | 'busy' | 'idle' | 'head' | 'key' | 'faint';

export interface Segment {
  readonly text: string;
  readonly tone: Tone;
  /** The row or pane that keys act on. */
  readonly isMarked?: true;
}

/** One row of the screen. */
export type Line = readonly Segment[];

/** Rows and columns of a terminal or a pane. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What frames are drawn with; `ascii` for terminals and fonts that have no more. */
export interface Glyphs {
  readonly rule: string;
  readonly bar: string;
  readonly more: string;
  readonly passed: string;
  readonly atHand: string;
  readonly ahead: string;
  readonly failed: string;
  readonly unseen: string;
  readonly full: string;
  readonly empty: string;
  readonly mark: string;
  readonly gone: string;
  /** From nothing to full. */
  readonly spark: readonly string[];
}

export const UNICODE: Glyphs = {
  rule: '─',
  bar: '│',
  more: '…',
  passed: '●',
  atHand: '◆',
  ahead: '○',
  failed: '✗',
  unseen: '·',
  full: '█',
  empty: '░',
  mark: '▶',
  gone: '━',
  spark: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

export const ASCII: Glyphs = {
  rule: '-',
  bar: '|',
  more: '~',
  passed: '*',
  atHand: '>',
  ahead: 'o',
  failed: 'x',
  unseen: '.',
  full: '#',
  empty: '.',
  mark: '>',
  gone: '=',
  spark: [' ', '.', ':', '-', '=', '+', '*', '%', '#'],
};

export function segment(text: string, tone: Tone = 'plain'): Segment {
  return { text, tone };
}

/** Text of exactly `width` cells: filled up, or cut with `more` at its end. */
export function fitted(text: string, width: number, more: string): string {
  const clean = cleaned(text);
  const wide = cellsOf(clean);
  if (wide <= width) return clean + ' '.repeat(width - wide);
  if (width <= 0) return '';
  let cut = '';
  let cells = 0;
  for (const character of clean) {
    const next = cells + cellsOf(character);
    if (next > width - 1) break;
    cut += character;
    cells = next;
  }
  return cut + more + ' '.repeat(width - 1 - cells);
}

/** Right-aligned, for numbers. */
export function fittedRight(text: string, width: number, more: string): string {
  return text.length >= width ? fitted(text, width, more) : text.padStart(width);
}

/** The line cut to, or filled up to, exactly `width` cells. */
export function fitLine(line: Line, width: number, more: string): Line {
  const fitting: Segment[] = [];
  let left = width;
  for (const part of line) {
    const text = cleaned(part.text);
    const cells = cellsOf(text);
    if (cells > left) {
      if (left > 0) fitting.push({ ...part, text: fitted(text, left, more) });
      left = 0;
      break;
    }
    fitting.push({ ...part, text });
    left -= cells;
  }
  return left > 0 ? [...fitting, segment(' '.repeat(left))] : fitting;
}

export function marked(line: Line): Line {
  return line.map((part) => ({ ...part, isMarked: true }));
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** Characters that move a terminal's cursor come from consoles and file names, and must not reach it. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function cleaned(text: string): string {
  return isPlain(text) ? text : text.replace(/\t/g, '    ').replace(CONTROL, '').replace(UNSAFE, '?');
}

/** What terminals and blessed count differently: emoji, joiners, marks of direction, private and lone surrogates. */
const UNSAFE = /\p{Cf}|\p{Co}|\p{Cs}|[\ufe00-\ufe0f]|[\u{1f000}-\u{1ffff}]/gu;
/** East Asian wide characters. @see Unicode Standard Annex 11 */
const WIDE = new RegExp(
  [
    '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u33ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua000-\\ua4cf\\uac00-\\ud7a3',
    '\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]',
  ].join(''),
  'u',
);
const COMBINING = /\p{M}/u;

/** How many cells of the screen a text takes. */
export function cellsOf(text: string): number {
  if (isPlain(text)) return text.length;
  let cells = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    cells += WIDE.test(character) ? 2 : 1;
  }
  return cells;
}

/** Printable ASCII, as nearly all of it is. */
function isPlain(text: string): boolean {
  return /^[\u0020-\u007e]*$/.test(text);
}
