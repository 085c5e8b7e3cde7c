/** Where a command prints. Results go to `out`, words for people to `err` when `--json` is asked for. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal that understands cursor movement. */
  readonly isLive: boolean;
  readonly hasColour: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** @see https://no-color.org: any non-empty value turns colour off */
export function processIo(signal: AbortSignal): Io {
  const { stdout, stderr, env } = process;
  const isLive = stdout.isTTY && env['TERM'] !== 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isLive,
    hasColour: isLive && !env['NO_COLOR'],
    columns: stdout.columns || 80,
    signal,
  };
}

type Tone = 'good' | 'bad' | 'busy' | 'idle';
const CODES: Readonly<Record<Tone, string>> = { good: '32', bad: '31', busy: '33', idle: '2' };

/** Colour underlines what the words say already; it never says anything alone. */
export function paint(io: Pick<Io, 'hasColour'>, tone: Tone, text: string): string {
  return io.hasColour ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}
