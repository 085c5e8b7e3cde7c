import { createHash } from 'node:crypto';
import { readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAptIndex, type IndexedPackage } from './apt-index.js';
import { runTool } from './tool.js';

/** Answers of apt's index are kept: asking it takes 0.6 s where the host keeps no package cache, as in containers. */
export interface AptMemory {
  /** Where the answers lie. */
  readonly directory: string;
  /** Answers are good as long as nothing changes below these. */
  readonly aptRoots: readonly string[];
}

/** The newest version of each package that apt's index has; unknown names are left out. */
export async function aptShow(
  names: readonly string[],
  memory: AptMemory,
  signal: AbortSignal,
): Promise<readonly IndexedPackage[]> {
  const state = createHash('sha256')
    .update(`${names.join(' ')}\n${await stateOf(memory.aptRoots)}`)
    .digest('hex');
  const file = join(memory.directory, `apt-${state.slice(0, 32)}.txt`);
  const remembered = await readFile(file, 'utf8').catch(() => '');
  if (remembered !== '') return parseAptIndex(remembered);
  // apt-cache ends with 100 when one name is unknown and prints the others all the same.
  const text = await runTool({ argv: ['apt-cache', 'show', '--no-all-versions', ...names], mayFail: true }, signal);
  const found = parseAptIndex(text.toString('utf8'));
  if (found.length === names.length) await remember(file, text);
  return found;
}

/** Written aside and renamed: another process may be reading it. Failing to remember costs time, nothing else. */
async function remember(file: string, text: Uint8Array): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await writeFile(aside, text);
    await rename(aside, file);
  } catch {
    await rm(aside, { force: true });
  }
}

/** Names, sizes and times of everything below the roots. */
async function stateOf(roots: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const root of roots) {
    const names = await readdir(root, { recursive: true }).catch((): string[] => []);
    for (const name of names.sort()) {
      const { mtimeMs, size } = await stat(join(root, name)).catch(() => ({ mtimeMs: 0, size: 0 }));
      lines.push(`${root}/${name} ${mtimeMs} ${size}`);
    }
  }
  return lines.join('\n');
}
