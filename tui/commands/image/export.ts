import { imageRef } from '../../../core/image/ref.js';
import type { ExportTo } from '../../../drivers/dark-store/driver.js';
import { EXIT, usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { shownProgress } from './progress.js';
import { choice, openStore } from './store.js';

export async function exportImage([name = '', path = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const ref = imageRef(name);
  const to = targetOf(given, path);
  const { onProgress, clear } = shownProgress(given, io);
  await openStore(given, { onProgress }).export(ref, to, io.signal).finally(clear);
  if (given.flag('json')) io.out(`${JSON.stringify({ type: 'exported', ...ref, to })}\n`);
  else io.out(`${name} is in ${path}\n`);
  return EXIT.ok;
}

function targetOf(given: Given, path: string): ExportTo {
  const device = given.text('partition');
  const as = choice(given, 'as', ['clonezilla', 'disk'] as const);
  if (device === undefined) return { kind: as ?? 'clonezilla', path };
  if (as !== null) throw usage({ name: 'image' }, '--partition goes without --as');
  return { kind: 'partition', path, device };
}
