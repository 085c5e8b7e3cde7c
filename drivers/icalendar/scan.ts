/** One content line, unfolded, and where it begins in the file. */
export interface ContentLine {
  /** 1-based. */
  readonly line: number;
  /** Upper case. */
  readonly name: string;
  readonly text: string;
  /** What stands behind the colon, as it is written. */
  readonly value: string;
}

/** A component's own lines, without those of the components in it. */
export interface Block {
  readonly name: string;
  readonly line: number;
  readonly lines: readonly ContentLine[];
  readonly blocks: readonly Block[];
}

/** What is wrong with a calendar file, and where. */
export class BadCalendar extends Error {
  readonly line: number;
  readonly what: string;
  readonly mend: string;
  constructor(line: number, what: string, mend: string) {
    super(what);
    this.name = 'BadCalendar';
    this.line = line;
    this.what = what;
    this.mend = mend;
  }
}

/** A year of a busy rack is some hundred KB. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_LINE_CHARACTERS = 65_536;
const DEEPEST = 4;

/**
 * Splits a calendar file into its components and lines. Holds the file to RFC 5545, section 3.1, in all that the
 * library is lenient about, so that what is refused is refused with its line.
 *
 * @throws BadCalendar
 */
export function scanCalendar(bytes: Uint8Array): readonly Block[] {
  if (bytes.length > MOST_BYTES) throw new BadCalendar(0, 'the file is above 16 MiB', 'Export a shorter time.');
  const text = new TextDecoder('utf-8').decode(bytes);
  const stack: { readonly name: string; readonly line: number; lines: ContentLine[]; blocks: Block[] }[] = [];
  const calendars: Block[] = [];
  for (const content of unfold(text)) {
    const top = stack.at(-1);
    const value = content.value.toUpperCase();
    if (content.name === 'BEGIN') {
      if (stack.length >= DEEPEST) throw new BadCalendar(content.line, 'components nested too deep', REPAIR);
      if (top === undefined && value !== 'VCALENDAR') {
        throw new BadCalendar(content.line, `a calendar begins with BEGIN:VCALENDAR, not BEGIN:${value}`, REPAIR);
      }
      stack.push({ name: value, line: content.line, lines: [], blocks: [] });
    } else if (top === undefined) {
      throw new BadCalendar(content.line, 'a calendar begins with BEGIN:VCALENDAR', REPAIR);
    } else if (content.name !== 'END') {
      top.lines.push(content);
    } else {
      if (value !== top.name) {
        throw new BadCalendar(content.line, `END:${value} ends the ${top.name} of line ${top.line}`, REPAIR);
      }
      stack.pop();
      (stack.at(-1)?.blocks ?? calendars).push(top);
    }
  }
  const open = stack.at(-1);
  if (open !== undefined) throw new BadCalendar(open.line, `this ${open.name} has no end: the file is cut off`, REPAIR);
  if (calendars.length === 0) throw new BadCalendar(0, 'there is no calendar in the file', REPAIR);
  return calendars;
}

const REPAIR = 'Export the calendar again.';
// RFC 5545, section 3.1: a name, parameters whose values may be quoted, a colon, the value.
const CONTENT = /^([A-Za-z0-9-]+)(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*:/;
const CONTROL = /(?![\t\n\u0080-\u009f])\p{Cc}|\ufffd/u;

function* unfold(text: string): Generator<ContentLine> {
  let open: { line: number; text: string } | null = null;
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, row] of rows.entries()) {
    const line = index + 1;
    if (CONTROL.test(row)) throw new BadCalendar(line, 'a character that belongs in no calendar, or no UTF-8', REPAIR);
    if (/^[ \t]/.test(row) && open !== null) {
      open.text += row.slice(1);
    } else {
      if (open !== null) yield contentOf(open);
      open = row === '' ? null : { line, text: row };
    }
    if (open !== null && open.text.length > MOST_LINE_CHARACTERS) {
      throw new BadCalendar(open.line, 'a line of more than 64 Ki characters', 'Shorten it.');
    }
  }
  if (open !== null) yield contentOf(open);
}

function contentOf({ line, text }: { readonly line: number; readonly text: string }): ContentLine {
  const [head = '', name] = CONTENT.exec(text) ?? [];
  if (name === undefined) throw new BadCalendar(line, 'this is no NAME:VALUE line', REPAIR);
  return { line, name: name.toUpperCase(), text, value: text.slice(head.length) };
}
