import blessed from 'blessed';
import type { Pressed } from '../keys/prompt.js';
import type { Line, Segment, Size, Tone } from '../views/line.js';

export interface TerminalParts {
  readonly hasColour: boolean;
  readonly onKey: (pressed: Pressed) => void;
  readonly onResize: () => void;
}

/** The whole screen of a terminal. */
export interface Terminal {
  readonly size: () => Size;
  readonly paint: (lines: readonly Line[]) => void;
  /** Everything anew, whatever others have written there meanwhile. */
  readonly redraw: () => void;
  /** Gives the terminal back as it was; what is returned takes it again. */
  readonly pause: () => () => void;
  readonly close: () => void;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/** Takes the terminal over: alternate screen, raw keys, no cursor. The one place that knows blessed. */
export function openTerminal({ hasColour, onKey, onResize }: TerminalParts): Terminal {
  // Without it blessed draws lines with the alternate character set, which copies and captures show as letters.
  process.env['NCURSES_NO_UTF8_ACS'] = '1';
  const others = SIGNALS.map((signal) => process.listeners(signal));
  const screen = blessed.screen({
    smartCSR: true,
    fullUnicode: true,
    forceUnicode: true,
    warnings: false,
    title: 'metalrig top',
  });
  // Its own handlers end the process with code 0.
  for (const [index, signal] of SIGNALS.entries()) {
    const added = process.listeners(signal).filter((one) => others[index]?.includes(one) !== true);
    for (const one of added) process.off(signal, one);
  }
  const box = blessed.box({ parent: screen, top: 0, left: 0, width: '100%', height: '100%', tags: false, wrap: false });
  screen.program.hideCursor();
  screen.on('keypress', (character: string | undefined, key: blessed.Widgets.Events.IKeyEventArg) => {
    // Enter comes twice, once under each name.
    if (key.name === 'return') return;
    onKey({ name: nameOf(character, key), character: printable(character) });
  });
  screen.on('resize', onResize);
  return {
    size: () => ({ columns: Number(screen.width), rows: Number(screen.height) }),
    paint: (lines) => {
      box.setContent(lines.map((line) => styled(line, hasColour)).join('\n'));
      screen.render();
    },
    redraw: () => {
      screen.realloc();
      screen.render();
    },
    pause: () => {
      // What it holds back is lost while it is paused: it writes at once what gives the ordinary screen back.
      screen.program.useBuffer = false;
      const resume = screen.program.pause();
      screen.program.useBuffer = true;
      return () => {
        resume();
        screen.program.hideCursor();
        screen.realloc();
        screen.render();
      };
    },
    close: () => screen.destroy(),
  };
}

function nameOf(character: string | undefined, key: blessed.Widgets.Events.IKeyEventArg): string {
  if (character === ' ') return 'space';
  // A sign that has no name of its own is its own name.
  return key.full === undefined || key.full === 'undefined' ? (character ?? '') : key.full;
}

function printable(character: string | undefined): string | null {
  return character !== undefined && /^[^\p{Cc}\p{Cs}]$/u.test(character) ? character : null;
}

/** Of the sixteen colours of every terminal, on its own background; `faint` has none, as grey can't be read on all. */
const COLOURS: Readonly<Record<Tone, string>> = {
  plain: '',
  good: '32',
  bad: '1;31',
  busy: '33',
  idle: '',
  head: '1',
  key: '1;36',
  faint: '',
};
/** Where colours are not wanted, weight alone is left. */
const WEIGHTS: Readonly<Partial<Record<Tone, string>>> = { bad: '1', head: '1', key: '1' };

function styled(line: Line, hasColour: boolean): string {
  return line.map((part) => styledPart(part, hasColour)).join('');
}

function styledPart({ text, tone, isMarked }: Segment, hasColour: boolean): string {
  const colour = hasColour ? COLOURS[tone] : (WEIGHTS[tone] ?? '');
  const codes = [colour, isMarked === true ? '7' : ''].filter((code) => code !== '');
  return codes.length === 0 ? text : `\u001b[${codes.join(';')}m${text}\u001b[0m`;
}
