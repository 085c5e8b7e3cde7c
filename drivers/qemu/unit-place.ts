import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** How much of the end of a QEMU's own messages is kept for faults. */
const ERROR_TAIL_BYTES = 4096;

/** Where a node that outlives us is found again: a folder of its own, which nobody else writes to. */
export class UnitPlace {
  readonly folder: string;

  /** @param folder absolute, as QEMU leaves its directory; and short: a socket's whole path has 107 bytes at most */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** QEMU listens here for its monitor. */
  get monitor(): string {
    return join(this.folder, 'monitor');
  }

  /** QEMU listens here for what is typed at the serial console; what that says is in the log. */
  get console(): string {
    return join(this.folder, 'console');
  }

  get pidFile(): string {
    return join(this.folder, 'pid');
  }

  /** What QEMU itself says: its stderr. */
  get errors(): string {
    return join(this.folder, 'errors');
  }

  get record(): string {
    return join(this.folder, 'node.json');
  }

  make(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
  }

  /** What a QEMU that has ended leaves behind. */
  clear(): void {
    for (const file of [this.monitor, this.console, this.pidFile, this.errors]) rmSync(file, { force: true });
  }

  /** Null where QEMU has not come so far, or has gone. */
  pid(): number | null {
    const text = readOrNull(this.pidFile)?.trim() ?? '';
    return /^\d+$/.test(text) ? Number(text) : null;
  }

  errorTail(): string {
    return (readOrNull(this.errors) ?? '').slice(-ERROR_TAIL_BYTES).trim();
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
