import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import type { Size } from '../../../tui/dashboard/views/line.js';
import { ROOT } from '../../run-metalrig.js';

export interface Pty {
  readonly pid: number;
  /** Everything that the program wrote, an escape character as `ESC`. */
  readonly written: () => string;
  readonly screen: () => string;
  /** Whether the terminal shows its ordinary screen, as a shell left it. */
  readonly isOrdinary: () => boolean;
  readonly keys: (text: string) => void;
  readonly resize: (size: Size) => void;
  /** Comes as soon as the screen matches. */
  readonly until: (what: RegExp) => Promise<string>;
  /** As soon as it holds of the terminal. */
  readonly when: (holds: () => boolean) => Promise<void>;
  /** Its last words are on the screen then. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;
}

interface Waiter {
  readonly holds: () => boolean;
  readonly done: () => void;
}

interface PtyOptions {
  readonly size?: Size;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A program on a pseudo-terminal of its own, its screen kept by a terminal emulator. Nothing here waits for time. */
export function openPty(argv: readonly [string, ...string[]], options: PtyOptions = {}): Pty {
  const { size = { columns: 80, rows: 24 }, environment = {} } = options;
  const { columns: cols, rows } = size;
  const terminal = new headless.Terminal({ cols, rows, allowProposedApi: true });
  const env = { ...process.env, LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', ...environment };
  const [file, ...words] = argv;
  const name = environment['TERM'] ?? 'xterm-256color';
  const child = spawn(file, words, { name, cols, rows, cwd: ROOT, env });
  let written = '';
  let waiters: readonly Waiter[] = [];
  const look = (): void => {
    const [done, rest] = [waiters.filter(({ holds }) => holds()), waiters.filter(({ holds }) => !holds())];
    waiters = rest;
    for (const waiter of done) waiter.done();
  };
  child.onData((text) => {
    written += text;
    terminal.write(text, look);
  });
  // What the terminal answers, e.g. when it is asked what it is.
  terminal.onData((text) => child.write(text));
  const screen = (): string => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row));
    return lines.map((line) => line?.translateToString(true).trimEnd() ?? '').join('\n');
  };
  const when = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiters = [...waiters, { holds, done: resolve }];
      look();
    });
  return {
    pid: child.pid,
    written: () => written.replaceAll('\u001b', 'ESC'),
    screen,
    isOrdinary: () => terminal.buffer.active.type === 'normal',
    keys: (text) => child.write(text),
    resize: (to) => {
      terminal.resize(to.columns, to.rows);
      child.resize(to.columns, to.rows);
    },
    until: async (what) => {
      await when(() => what.test(screen()));
      return screen();
    },
    when,
    ended: new Promise((resolve) => void child.onExit((end) => terminal.write('', () => resolve(end)))),
  };
}
