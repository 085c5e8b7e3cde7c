import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  measureAcks,
  measureDisk,
  measureEvents,
  measureLetters,
  measureRawEvents,
  measureRawLetters,
} from './bus-hosts.js';
import { playPart } from './bus-parts.js';
import type { Readings } from './figure.js';

/** What the other process of a measurement does is asked for by `part`; else the first word says what is measured. */
const MEASURES: Readonly<Record<string, (folder: string, isSecret: boolean) => Promise<Readings>>> = {
  letters: measureLetters,
  'raw letters': measureRawLetters,
  events: measureEvents,
  'raw events': measureRawEvents,
  acks: measureAcks,
  disk: measureDisk,
};

const [what = '', ...words] = process.argv.slice(2);
if (what === 'part') {
  await playPart(words);
} else {
  const measure = MEASURES[what];
  if (measure === undefined) throw new Error(`there is no measure ${what}`);
  const folder = mkdtempSync(join(tmpdir(), 'metalrig-bus-'));
  try {
    process.stdout.write(`${JSON.stringify(await measure(folder, words[0] === 'curve'))}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(0);
