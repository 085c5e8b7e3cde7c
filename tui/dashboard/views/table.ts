import type { ListFacts } from '../model/list-window.js';
import { settled } from '../model/list-window.js';
import { placeIn, type ListName } from '../model/ui.js';
import {
  fitLine,
  fitted,
  fittedRight,
  marked,
  segment,
  type Glyphs,
  type Line,
  type Segment,
  type Tone,
} from './line.js';
import type { Scene } from './scene.js';

export interface Column<Row> {
  readonly title: string;
  /** In cells; a last column of 0 takes what is left. */
  readonly width: number;
  readonly isRight?: true;
  readonly cell: (row: Row) => { readonly text: string; readonly tone?: Tone };
}

/** Above a table, with a mark at the column that it is sorted by. */
export function headLine<Row>(columns: readonly Column<Row>[], glyphs: Glyphs): Line {
  return [segment('  '), ...joined(columns, glyphs, ({ title }) => ({ text: title, tone: 'head' }))];
}

export function rowLine<Row>(columns: readonly Column<Row>[], row: Row, glyphs: Glyphs): readonly Segment[] {
  return joined(columns, glyphs, ({ cell }) => cell(row));
}

function joined<Row>(
  columns: readonly Column<Row>[],
  { more }: Glyphs,
  of: (column: Column<Row>) => ReturnType<Column<Row>['cell']>,
): readonly Segment[] {
  return columns.map((column) => {
    const { text, tone = 'plain' } = of(column);
    if (column.width === 0) return segment(text, tone);
    return segment(
      `${column.isRight === true ? fittedRight(text, column.width, more) : fitted(text, column.width, more)} `,
      tone,
    );
  });
}

export interface Listed {
  readonly list: ListName;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly keyAt?: (index: number) => string | null;
  readonly indexOf?: (key: string) => number;
  readonly row: (index: number) => Line;
  /** Whether the keys act on it. */
  readonly isFocused: boolean;
}

/** The rows of a list that are in sight, `height` of them, the chosen one marked by a sign and not by colour alone. */
export function listed(
  { ui, glyphs }: Scene,
  given: Listed,
): { readonly lines: readonly Line[]; readonly facts: ListFacts } {
  const { list, count, height, width, row, isFocused } = given;
  const facts = { count, height, keyAt: given.keyAt ?? noKey, indexOf: given.indexOf ?? nowhere };
  const { index, top } = settled(placeIn(ui, list), facts);
  const lines = Array.from({ length: height }, (_, offset): Line => {
    const at = top + offset;
    if (at >= count) return [segment(' '.repeat(width))];
    const isChosen = at === index && isFocused;
    const line = fitLine([segment(at === index ? `${glyphs.mark} ` : '  '), ...row(at)], width, glyphs.more);
    return isChosen ? marked(line) : line;
  });
  return { lines, facts };
}

/** Lines that are only scrolled through: the place is the first of them in sight. */
export function scrolled(scene: Scene, given: Omit<Listed, 'keyAt' | 'indexOf'>): ReturnType<typeof listed> {
  const { count, height, width, row, list } = given;
  const { ui, glyphs } = scene;
  const steps = Math.max(1, count - height + 1);
  const facts = { count: steps, height: 1, keyAt: noKey, indexOf: nowhere };
  const { index } = settled(placeIn(ui, list), facts);
  const lines = Array.from({ length: height }, (_, offset): Line => {
    const at = index + offset;
    return at >= count ? [segment(' '.repeat(width))] : fitLine(row(at), width, glyphs.more);
  });
  return { lines, facts };
}

const noKey = (): null => null;
const nowhere = (): number => -1;

/** ` journal ──────── 3 of 20 ─` */
export function titleLine(
  scene: Scene,
  title: string,
  given: { readonly width: number; readonly note?: string; readonly isFocused?: boolean },
): Line {
  const { glyphs } = scene;
  const { width, note = '', isFocused = false } = given;
  const head = `${isFocused ? glyphs.mark : glyphs.rule} ${title} `;
  const tail = note === '' ? '' : ` ${note} ${glyphs.rule}`;
  const rule = glyphs.rule.repeat(Math.max(0, width - head.length - tail.length));
  return fitLine(
    [segment(head, isFocused ? 'key' : 'head'), segment(rule, 'faint'), segment(tail, 'faint')],
    width,
    glyphs.more,
  );
}

/** Panes side by side, each line of both filled up to its width. */
export function beside(left: readonly Line[], right: readonly Line[], { bar }: Glyphs): readonly Line[] {
  return left.map((line, index) => [...line, segment(`${bar} `, 'faint'), ...(right[index] ?? [])]);
}
