import { NODE_KINDS, SOURCE_KINDS } from '../../../core/image/manifest.js';
import { imageRef } from '../../../core/image/ref.js';
import { sourceKindOf } from '../../../drivers/dark-store/driver.js';
import { EXIT, usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { addedLine } from '../../views/image-lines.js';
import { shownProgress } from './progress.js';
import { choice, makingOf, openStore } from './store.js';

export async function addImage([name = '', path = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const ref = imageRef(name);
  const kinds = kindsOf(given.text('kind'));
  const from = choice(given, 'from', SOURCE_KINDS);
  const { onProgress, onWait, clear } = shownProgress(given, io);
  const accept = given.flag('no-boot') ? {} : { accept: await bootCheckFor(io, onWait) };
  const store = openStore(given, { ...makingOf(given), ...accept, onProgress });
  const source = { kind: from ?? sourceKindOf(path), path };
  const manifest = await store.add({ ref, source, kinds }, io.signal).finally(clear);
  io.out(`${given.flag('json') ? JSON.stringify({ type: 'image', ...manifest }) : addedLine(manifest)}\n`);
  return EXIT.ok;
}

/** Loaded only where it is asked for: a rack is much to load. */
async function bootCheckFor({ signal }: Io, progress: (text: string) => void) {
  const { bootCheck } = await import('../../compose/boot-check.js');
  return bootCheck({ signal, progress });
}

function kindsOf(text: string | undefined): (typeof NODE_KINDS)[number][] {
  if (text === undefined) return [...NODE_KINDS];
  const words = text.split(',');
  const kinds = NODE_KINDS.filter((kind) => words.includes(kind));
  if (kinds.length === words.length) return kinds;
  throw usage({ name: 'image' }, `--kind takes ${NODE_KINDS.join(' or ')} or both with a comma, not ${text}`);
}
