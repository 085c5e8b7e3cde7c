import type { Clock, Timer } from '../../core/clock.js';
import { EXIT } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import type { Dashboard, Wish } from './dashboard.js';
import type { Feed } from './feed/feed.js';
import { openTerminal, type Terminal } from './widgets/terminal.js';

export interface TerminalRun {
  readonly dashboard: Dashboard;
  readonly feed: Feed;
  readonly io: Io;
  /** The moment to begin with; null: the last. */
  readonly seq: number | null;
  /** A command to begin with, as behind `:`. */
  readonly show: string | null;
  readonly clock: Clock;
}

/** As often as an eye follows numbers; keys are answered at once. */
const FRAME_MS = 100;
/** A stopped process does not count: its timer fires once it goes on. One that can't be stopped goes on at once. */
const SUSPENSION_MS = 50;

/** The dashboard on a terminal, until somebody quits. @returns the exit code */
export async function runInTerminal(run: TerminalRun): Promise<number> {
  const { dashboard, feed, io, seq, show } = run;
  if (!feed.isGrowing) dashboard.take(await feed.entries(1), 0);
  if (seq !== null) dashboard.seek(seq);
  if (show !== null) dashboard.tell(show);
  const code = await new Promise<number>((resolve, reject) => {
    try {
      new Session(run, resolve, reject).begin();
    } catch (thrown) {
      reject(thrown);
    }
  });
  for (const moment of dashboard.noted) io.out(`metalrig top --bundle ${moment}\n`);
  return code;
}

/** One terminal from opening to closing. */
class Session {
  readonly #run: TerminalRun;
  readonly #resolve: (code: number) => void;
  readonly #reject: (thrown: unknown) => void;
  readonly #ended = new AbortController();
  readonly #terminal: Terminal;
  #timer: Timer | null = null;
  #passedAt: number;
  #isStale = false;
  #isPaused = false;

  constructor(run: TerminalRun, resolve: (code: number) => void, reject: (thrown: unknown) => void) {
    this.#run = run;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#passedAt = run.clock.now();
    const { hasColour } = run.io;
    const onKey = this.#guarded((pressed: Parameters<Dashboard['press']>[0]) => this.#press(pressed));
    const onResize = this.#guarded(() => this.#resize());
    this.#terminal = openTerminal({ hasColour, onKey, onResize });
  }

  begin(): void {
    const { feed, io, dashboard } = this.#run;
    io.signal.addEventListener('abort', () => this.#end(EXIT.interrupted), { once: true });
    process.on('SIGTSTP', this.#suspend);
    process.on('SIGCONT', this.#redraw);
    this.#resize();
    const take: Dashboard['take'] = (entries, age_ms) => {
      dashboard.take(entries, age_ms);
      this.#isStale = true;
    };
    const trouble: Dashboard['trouble'] = (what) => {
      dashboard.trouble(what);
      this.#isStale = true;
    };
    const restart = (): void => {
      dashboard.restart();
      this.#isStale = true;
    };
    const sink = { take: this.#guarded(take), trouble, restart };
    if (feed.isGrowing) feed.follow(dashboard.moment.log.length + 1, sink, this.#ended.signal);
    this.#tick();
  }

  /** A bug must not leave the terminal raw: it is given back before anybody hears of it. */
  #guarded<Given extends readonly unknown[]>(act: (...given: Given) => void): (...given: Given) => void {
    return (...given) => {
      try {
        act(...given);
      } catch (thrown) {
        this.#close();
        this.#reject(thrown);
      }
    };
  }

  readonly #tick = (): void => {
    const { clock, dashboard } = this.#run;
    this.#timer = clock.setTimer(FRAME_MS, this.#guarded(this.#tick));
    const now = clock.now();
    const span_ms = now - this.#passedAt;
    this.#passedAt = now;
    const hasMoved = dashboard.isMoving && dashboard.pass(span_ms);
    const hasNews = dashboard.takeNews();
    if (hasMoved || hasNews || this.#isStale) this.#paint();
  };

  #press(pressed: Parameters<Dashboard['press']>[0]): void {
    const { dashboard } = this.#run;
    const wish = dashboard.press(pressed) ?? dashboard.takeWish();
    if (wish === null) this.#paint();
    else this.#grant(wish);
  }

  #grant(wish: Exclude<Wish, null>): void {
    if (wish === 'quit') this.#end(EXIT.ok);
    else if (wish === 'redraw') this.#redraw();
    // To the whole group, as the terminal would: what started us, npx among them, stops too.
    else process.kill(0, 'SIGTSTP');
  }

  #resize(): void {
    this.#run.dashboard.resize(this.#terminal.size());
    this.#paint();
  }

  #paint(): void {
    this.#isStale = false;
    if (!this.#isPaused) this.#terminal.paint(this.#run.dashboard.frame());
  }

  readonly #redraw = (): void => {
    if (!this.#isPaused) this.#terminal.redraw();
  };

  readonly #suspend = (): void => {
    if (this.#isPaused) return;
    this.#isPaused = true;
    const resume = this.#terminal.pause();
    // Without a listener the signal stops us, as it does every program, where somebody is there who can go on with us.
    process.off('SIGTSTP', this.#suspend);
    process.kill(process.pid, 'SIGTSTP');
    this.#run.clock.setTimer(SUSPENSION_MS, () => {
      process.on('SIGTSTP', this.#suspend);
      this.#isPaused = false;
      resume();
      this.#resize();
    });
  };

  #end(code: number): void {
    this.#close();
    this.#resolve(code);
  }

  #close(): void {
    this.#ended.abort();
    this.#timer?.cancel();
    process.off('SIGTSTP', this.#suspend);
    process.off('SIGCONT', this.#redraw);
    this.#terminal.close();
  }
}
