import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST_FILE } from '../../core/image/manifest.js';
import { parseSums, sumsText } from '../../core/image/sums.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { faultOf } from '../../core/faults/fault.js';
import { attempt } from './attempt.js';
import { interrupted } from './pipeline.js';
import type { OnProgress } from './progress.js';
import { openPlain, readChunks, readSmallText } from './read-chunks.js';
import { SUMS } from './workspace.js';

/** What is wrong with one file of an image. */
export interface FileProblem {
  readonly file: string;
  readonly problem: 'changed' | 'missing' | 'extra' | 'unreadable';
}

/** Reads every file of an image and holds it against the image's own list. No problems: not a byte differs. */
export async function verifyImage(
  directory: string,
  signal: AbortSignalLike,
  onProgress: OnProgress,
): Promise<readonly FileProblem[]> {
  const sums = await readSums(directory);
  if (sums === null) return [{ file: SUMS, problem: 'changed' }];
  const names = attempt(directory, () => readdirSync(directory));
  const problems: FileProblem[] = [];
  const extra = names.filter((name) => name !== SUMS && !sums.has(name)).sort();
  problems.push(...extra.map((file) => ({ file, problem: 'extra' as const })));
  for (const [file, expected] of sums) {
    if (!names.includes(file)) {
      problems.push({ file, problem: 'missing' });
      continue;
    }
    const actual = await sumOf(join(directory, file), { file, signal, onProgress });
    if (actual === null) problems.push({ file, problem: 'unreadable' });
    else if (actual !== expected) problems.push({ file, problem: 'changed' });
  }
  return problems;
}

/** Null when it is not, to the byte, as we wrote it. */
export async function readSums(directory: string): Promise<ReadonlyMap<string, string> | null> {
  const text = await readOrNull(join(directory, SUMS), SUMS);
  const sums = text === null ? null : parseSums('SHA256SUMS', text);
  if (sums === null || typeof sums === 'string' || sumsText(sums) !== text || !sums.has(MANIFEST_FILE)) return null;
  return sums;
}

interface Reading {
  readonly file: string;
  readonly signal: AbortSignalLike;
  readonly onProgress: OnProgress;
}

async function sumOf(path: string, { file, signal, onProgress }: Reading): Promise<string | null> {
  const hash = createHash('sha256');
  let done_bytes = 0;
  try {
    for await (const chunk of readChunks(openPlain(path, file), path)) {
      if (signal.aborted) throw interrupted();
      hash.update(chunk);
      done_bytes += chunk.length;
      onProgress({ step: 'verifying', what: file, done_bytes, total_bytes: null });
    }
  } catch (thrown) {
    if (['IMG-005', 'IMG-010'].includes(faultOf(thrown)?.code ?? '')) return null;
    throw thrown;
  }
  return hash.digest('hex');
}

async function readOrNull(path: string, file: string): Promise<string | null> {
  try {
    return await readSmallText(path, file);
  } catch (thrown) {
    if (faultOf(thrown) === null) throw thrown;
    return null;
  }
}
