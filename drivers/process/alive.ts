import { readFileSync } from 'node:fs';

/** What `processStart` says of a process that is not there. */
export const NO_PROCESS = 'none';

/**
 * When a process started, in the kernel's own count, so that a number given out again is not taken for the old process.
 *
 * Field 22 of /proc/PID/stat (proc(5)); it comes after the command's name, which may hold blanks and parentheses.
 * A zombie (field 3) holds nothing any more: whoever started it has just not asked after it yet.
 */
export function processStart(pid: number): string {
  const stat = statOf(pid);
  const fields = stat === null ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? NO_PROCESS : (fields[19] ?? NO_PROCESS);
}

/** A process that is not our child, told from a later one that was given its number. */
export interface ProcessId {
  readonly pid: number;
  readonly start: string;
}

export function isRunning({ pid, start }: ProcessId): boolean {
  return start !== NO_PROCESS && processStart(pid) === start;
}

/** SIGKILL; nothing happens where it is gone. */
export function killProcess(id: ProcessId): void {
  if (!isRunning(id)) return;
  try {
    process.kill(id.pid, 'SIGKILL');
  } catch {
    // ESRCH: it was quicker.
  }
}

/** The words that a process was started with; none where it is gone, or not ours to read. @see proc(5), cmdline */
export function commandLineOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/**
 * How much a process has read and written so far, from and to whatever it does; null where the kernel does not tell.
 * @see proc(5), /proc/PID/io: rchar, wchar
 */
export function transferOf(pid: number): { readonly read_bytes: number; readonly written_bytes: number } | null {
  try {
    const [, read, written] = /^rchar: (\d+)\nwchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8')) ?? [];
    return read === undefined ? null : { read_bytes: Number(read), written_bytes: Number(written) };
  } catch {
    return null;
  }
}

function statOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
}
