import { startProcess, type ProcessEnd, type ProcessRequest } from './start.js';

/** Enough for any tool's listing; a program that floods stdout costs no more memory than this. */
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

export interface RunRequest extends Omit<ProcessRequest, 'input' | 'onOutput' | 'onLine'> {
  /** Written to stdin, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Output beyond it is dropped and `isTruncated` says so. 16 MiB unless told. */
  readonly outputLimit_bytes?: number;
}

export interface RunResult extends ProcessEnd {
  readonly output: Buffer;
  readonly isTruncated: boolean;
  /** The signal given was aborted, so the process group was killed; what it printed until then is here. */
  readonly isAborted: boolean;
}

/**
 * Runs a program to its end. An exit code is data, not an error; a time limit is an AbortSignal.
 * @throws FaultError HOST-001 (not installed), HOST-002 (the system refused to start it)
 */
export async function runProcess(request: RunRequest, signal?: AbortSignal): Promise<RunResult> {
  const { input, outputLimit_bytes = OUTPUT_LIMIT_BYTES, ...rest } = request;
  if (signal?.aborted === true) return notStarted();
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  let isTruncated = false;
  const child = startProcess({
    ...rest,
    input: input === undefined ? 'none' : 'pipe',
    onOutput(bytes) {
      const kept = bytes.subarray(0, outputLimit_bytes - size_bytes);
      isTruncated ||= kept.length < bytes.length;
      size_bytes += kept.length;
      chunks.push(kept);
    },
  });
  if (input !== undefined) {
    child.write(input);
    child.closeInput();
  }
  let isAborted = false;
  const abort = (): void => {
    isAborted = true;
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const end = await child.ended;
  signal?.removeEventListener('abort', abort);
  return { ...end, output: Buffer.concat(chunks), isTruncated, isAborted };
}

function notStarted(): RunResult {
  return { exitCode: null, signal: null, errorTail: '', output: Buffer.alloc(0), isTruncated: false, isAborted: true };
}
