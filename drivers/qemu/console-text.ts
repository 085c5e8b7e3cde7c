import { StringDecoder } from 'node:string_decoder';

/** A console line as far as it has come. While it grows it is given again, longer; `isWhole` marks the last time. */
export interface ConsoleText {
  readonly text: string;
  readonly isWhole: boolean;
}

/** SeaBIOS's serial console breaks lines here, in the middle of a word too. @see SeaBIOS, src/sercon.c */
const TERMINAL_COLUMNS = 80;
/** No firmware or kernel line is longer; a guest that prints no line end at all costs no more than this. */
const LONGEST_LINE = 4096;
const LONGEST_ESCAPE = 32;
const ESCAPE = '\u001b';

/**
 * Turns console bytes, in any portions, into lines of plain text. Escape sequences go; one that moves the cursor to
 * another place ends the line, as do a lone carriage return and a backspace (iPXE wipes its banner with them). A line
 * that the terminal broke at column 80 is put together again. Empty lines are left out.
 */
export function consoleTextReader(): (bytes: Buffer) => readonly ConsoleText[] {
  const decoder = new StringDecoder('utf8');
  let escape: string | null = null;
  let line = '';
  let column = 0;
  let hasReturned = false;
  let found: ConsoleText[] = [];
  const endLine = (): void => {
    if (line.trim() !== '') found.push({ text: line, isWhole: true });
    line = '';
    column = 0;
    hasReturned = false;
  };
  const newLine = (): void => {
    if (column !== TERMINAL_COLUMNS) return endLine();
    column = 0;
    hasReturned = false;
  };
  const put = (character: string): void => {
    if (hasReturned) endLine();
    line += character;
    column += 1;
    if (line.length >= LONGEST_LINE) endLine();
  };
  const take = (character: string): void => {
    if (escape !== null) {
      escape += character;
      if (!isEscapeOver(escape)) return;
      if (movesCursor(escape)) endLine();
      escape = null;
    } else if (character === ESCAPE) escape = '';
    else if (character === '\n') newLine();
    else if (character === '\r') hasReturned = true;
    else if (character === '\b') endLine();
    else if (character >= ' ' || character === '\t') put(character);
  };
  return (bytes) => {
    found = [];
    for (const character of decoder.write(bytes)) take(character);
    if (line.trim() !== '') found.push({ text: line, isWhole: false });
    return found;
  };
}

/** @see ECMA-48, section 5.4: a control sequence ends with a byte from 4/0 to 7/14; `ESC (` takes one more. */
function isEscapeOver(escape: string): boolean {
  if (escape.length >= LONGEST_ESCAPE) return true;
  if (escape.startsWith('[')) return escape.length > 1 && /[@-~]$/.test(escape);
  return /^[()#%]/.test(escape) ? escape.length === 2 : true;
}

/** CUP, HVP and ED, and the reset that SeaBIOS starts with. */
function movesCursor(escape: string): boolean {
  return escape === 'c' || (escape.startsWith('[') && /[HfJ]$/.test(escape));
}
