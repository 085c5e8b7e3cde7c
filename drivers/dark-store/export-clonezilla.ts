import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MANIFEST_FILE } from '../../core/image/manifest.js';
import { refText } from '../../core/image/ref.js';
import { sumsText } from '../../core/image/sums.js';
import { FaultError } from '../../core/faults/fault.js';
import { attempt } from './attempt.js';
import { OutputFile } from './output-file.js';
import { interrupted } from './pipeline.js';
import { openPlain, readChunks } from './read-chunks.js';
import type { Restoring } from './restore.js';
import { readSums } from './verify.js';
import { SUMS } from './workspace.js';

/**
 * The files that Clonezilla knows, and SHA256SUMS over them, as a new directory that appears when it is whole.
 * @throws FaultError IMG-004 where a file is not what it was, IMG-013, IMG-014, IMG-017
 */
export async function exportClonezilla(target: string, work: Restoring): Promise<void> {
  if (attempt(target, () => lstatSync(target, { throwIfNoEntry: false })) !== undefined) {
    throw new FaultError({ code: 'IMG-017', kind: 'target.exists', path: target });
  }
  const place = resolve(target);
  const part = join(dirname(place), `.${basename(place)}.${process.pid}.part`);
  try {
    attempt(part, () => mkdirSync(part));
    await fill(part, work);
    attempt(target, () => renameSync(part, place));
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

async function fill(part: string, work: Restoring): Promise<void> {
  const { directory, manifest } = work;
  const all = await readSums(directory);
  const damaged = (what: string): FaultError =>
    new FaultError({ code: 'IMG-004', kind: 'image.damaged', image: refText(manifest), what });
  if (all === null) throw damaged(`${SUMS} is not as it was written`);
  const sums = new Map([...all].filter(([name]) => name !== MANIFEST_FILE));
  for (const [name, expected] of sums) {
    if ((await copy(name, part, work)) !== expected) throw damaged(`${name} is not what was stored`);
  }
  const text = Buffer.from(sumsText(sums));
  const file = new OutputFile(join(part, SUMS), SUMS);
  file.write(text);
  await file.finish();
}

async function copy(name: string, part: string, { directory, signal, onProgress }: Restoring): Promise<string> {
  const path = join(directory, name);
  const target = new OutputFile(join(part, name), name);
  let done_bytes = 0;
  try {
    for await (const chunk of readChunks(openPlain(path, name), path)) {
      if (signal.aborted) throw interrupted();
      target.write(chunk);
      done_bytes += chunk.length;
      onProgress({ step: 'copying', what: name, done_bytes, total_bytes: null });
    }
    return (await target.finish()).sha256;
  } finally {
    target.close();
  }
}
