import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { consoleTextReader } from '../../../drivers/qemu/console-text.js';
import { BUNDLE } from '../../../drivers/run-bundle/bundle.js';

/** Some thousand lines: what a boot prints. */
const TAIL_BYTES = 256 * 1024;

interface Read {
  readonly file: string;
  readonly size: number;
  readonly lines: readonly string[];
}

/** The serial consoles of a bundle, as lines without escape sequences. */
export class ConsoleFiles {
  readonly #directory: string;
  /** What was read last, as a console is looked at many times and seldom grows. */
  #read: Read | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The last lines, of the last life of a rig that was resumed; null where none was kept. */
  lines(node: string): readonly string[] | null {
    const file = join(this.#folder(), `${node}.log`);
    const descriptor = openIf(file);
    if (descriptor === null) return null;
    try {
      const { size } = fstatSync(descriptor);
      if (this.#read?.file !== file || this.#read.size !== size)
        this.#read = { file, size, lines: read(descriptor, size) };
      return this.#read.lines.length === 0 ? null : this.#read.lines;
    } finally {
      closeSync(descriptor);
    }
  }

  /** `console`, or of a later life `45-console`: behind so many entries. */
  #folder(): string {
    const ending = `-${BUNDLE.consoles}`;
    const later = readdirSync(this.#directory).filter((name) => name.endsWith(ending));
    const [latest = BUNDLE.consoles] = later.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
    return join(this.#directory, latest);
  }
}

function read(descriptor: number, size: number): readonly string[] {
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const length = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  return consoleTextReader()(bytes.subarray(0, length)).map(({ text }) => text);
}

function openIf(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    return null;
  }
}
