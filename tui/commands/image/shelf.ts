import { imageRef, isPlainName } from '../../../core/image/ref.js';
import { EXIT, usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { listLines, showLines } from '../../views/image-lines.js';
import { openStore } from './store.js';

export async function listImages([project]: readonly string[], given: Given, io: Io): Promise<number> {
  if (project !== undefined && !isPlainName(project))
    throw usage({ name: 'image' }, 'list takes a project, or nothing');
  const all = await openStore(given).list();
  const entries = all.filter(({ ref }) => project === undefined || ref.project === project);
  if (given.flag('json')) {
    const lines = entries.map(({ ref, manifest }) =>
      JSON.stringify({ type: 'image', ...ref, ...manifest, isDamaged: manifest === null }),
    );
    io.out([...lines, JSON.stringify({ type: 'list', images: entries.length }), ''].join('\n'));
  } else {
    io.out(`${listLines(entries).join('\n')}\n`);
  }
  return EXIT.ok;
}

export async function showImage([name = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const manifest = await openStore(given).manifest(imageRef(name));
  if (given.flag('json')) io.out(`${JSON.stringify({ type: 'image', ...manifest })}\n`);
  else io.out(`${showLines(manifest).join('\n')}\n`);
  return EXIT.ok;
}

/** An image that is not there is an answer here: whoever types its name means one that is. */
export async function removeImage([name = '']: readonly string[], given: Given, io: Io): Promise<number> {
  const ref = imageRef(name);
  const store = openStore(given);
  if (!store.has(ref)) await store.manifest(ref);
  await store.remove(ref);
  io.out(given.flag('json') ? `${JSON.stringify({ type: 'removed', ...ref })}\n` : `${name} is gone\n`);
  return EXIT.ok;
}
