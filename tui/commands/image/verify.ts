import { imageRef, refText } from '../../../core/image/ref.js';
import { EXIT, type Given } from '../../cli/command.js';
import { paint, type Io } from '../../cli/io.js';
import { shownProgress } from './progress.js';
import { openStore } from './store.js';

/** Every image that is named, or all; 1 when a byte differs anywhere. */
export async function verifyImages(names: readonly string[], given: Given, io: Io): Promise<number> {
  const { onProgress, clear } = shownProgress(given, io);
  const store = openStore(given, { onProgress });
  const refs = names.length > 0 ? names.map(imageRef) : (await store.list()).map(({ ref }) => ref);
  let damaged = 0;
  for (const ref of refs) {
    const problems = await store.verify(ref, io.signal).finally(clear);
    if (problems.length > 0) damaged += 1;
    if (given.flag('json')) {
      io.out(`${JSON.stringify({ type: 'verified', ...ref, isSound: problems.length === 0, problems })}\n`);
      continue;
    }
    const mark = paint(io, problems.length === 0 ? 'good' : 'bad', problems.length === 0 ? 'sound  ' : 'damaged');
    io.out(`${mark}  ${refText(ref)}\n`);
    for (const { file, problem } of problems) io.out(`         ${problem.padEnd(10)} ${JSON.stringify(file)}\n`);
  }
  if (given.flag('json')) io.out(`${JSON.stringify({ type: 'report', images: refs.length, damaged })}\n`);
  return damaged === 0 ? EXIT.ok : EXIT.failed;
}
