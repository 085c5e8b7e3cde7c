import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Told = Readonly<Record<string, unknown>>;

/** A program of the tests that holds something, is told what to do line by line, and tells lines of JSON. */
export interface KeptProcess {
  /** Everything told so far. */
  readonly told: readonly Told[];
  /** Comes when it has ended. */
  readonly gone: Promise<void>;
  /** The next thing told, also one that came already, that `isIt` holds for; each is given once. */
  readonly next: (isIt: (told: Told) => boolean) => Promise<Told>;
  readonly say: (line: string) => void;
  /** SIGKILL. Comes when it is gone. */
  readonly kill: () => Promise<void>;
}

export function keptProcess(program: string, words: readonly string[]): KeptProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  const untaken: Told[] = [];
  const waiting: { readonly isIt: (told: Told) => boolean; readonly resolve: (told: Told) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const one = JSON.parse(line) as Told;
    told.push(one);
    const index = waiting.findIndex(({ isIt }) => isIt(one));
    if (index === -1) untaken.push(one);
    else waiting.splice(index, 1)[0]?.resolve(one);
  });
  const gone = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  return {
    told,
    gone,
    next(isIt) {
      const index = untaken.findIndex(isIt);
      const [one] = index === -1 ? [] : untaken.splice(index, 1);
      return one === undefined ? new Promise((resolve) => waiting.push({ isIt, resolve })) : Promise.resolve(one);
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    kill() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}
