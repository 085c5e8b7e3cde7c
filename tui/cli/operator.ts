import type { Readable, Writable } from 'node:stream';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../../drivers/system-clock/pause.js';

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/** Whoever sits before the terminal. Questions go to stderr, so that results on stdout stay clean. */
export function terminalOperator(terminal: Terminal = { input: process.stdin, output: process.stderr }): OperatorPort {
  const typed: Typed = { text: '' };
  let before: Promise<unknown> = Promise.resolve();
  return {
    isThere: () => terminal.input.isTTY === true && terminal.output.isTTY === true,
    ask(question, answers, signal) {
      const asked = before.then(() => askUntilAnswered(terminal, { question, answers, signal, typed }));
      // The next question waits, whatever became of this one.
      before = asked.catch(() => {});
      return asked;
    },
  };
}

/** What was typed and is no whole line yet, or was typed ahead. */
interface Typed {
  text: string;
}

interface Asked {
  readonly question: string;
  readonly answers: readonly string[];
  readonly signal: AbortSignalLike;
  readonly typed: Typed;
}

/** Reads lines for as long as the question stands: before and after it the input belongs to nobody. */
function askUntilAnswered({ input, output }: Terminal, asked: Asked): Promise<string | null> {
  const { question, answers, signal, typed } = asked;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const end = (): void => {
      signal.removeEventListener('abort', abort);
      input.off('data', heard).off('end', ended).pause();
    };
    const abort = (): void => {
      end();
      output.write('\n');
      reject(aborted());
    };
    const ended = (): void => {
      end();
      resolve(null);
    };
    const heard = (bytes: Buffer | string): void => {
      typed.text += String(bytes);
      for (let line = nextLine(typed); line !== null; line = nextLine(typed)) {
        if (answers.includes(line)) {
          end();
          return resolve(line);
        }
        output.write(`Please answer ${answers.join(' or ')}.\n${question} `);
      }
    };
    if (input.readableEnded) return resolve(null);
    signal.addEventListener('abort', abort, { once: true });
    output.write(`${question} `);
    input.on('data', heard).on('end', ended).resume();
    heard('');
  });
}

/** Takes the first whole line, in lower case; null when there is none. */
function nextLine(typed: Typed): string | null {
  const end = typed.text.indexOf('\n');
  if (end === -1) return null;
  const line = typed.text.slice(0, end).trim().toLowerCase();
  typed.text = typed.text.slice(end + 1);
  return line;
}
