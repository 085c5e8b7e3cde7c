import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRATCH = /^mr-(\d+)-/;

/**
 * A directory for one run's sockets and clones. Its name is short, since a unix socket's whole path has at most 107
 * bytes, and tells whose it is: what killed runs left behind is cleared away first.
 */
export function makeScratch(): string {
  for (const name of readdirSync(tmpdir())) {
    const [, owner] = SCRATCH.exec(name) ?? [];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(tmpdir(), `mr-${process.pid}-`));
}
