import { FaultError } from '../../core/faults/fault.js';
import { runProcess } from '../process/run.js';

export interface ToolRequest {
  readonly argv: readonly [string, ...string[]];
  readonly directory?: string;
  /** Searched before the host's own libraries. */
  readonly libraries?: string;
  /** Take what it printed even when its exit code is not 0. */
  readonly mayFail?: boolean;
}

/**
 * Runs one program of the build and gives back what it printed.
 * @throws FaultError PAY-006 (it failed), PAY-007 (aborted), HOST-001 (not installed)
 */
export async function runTool(request: ToolRequest, signal: AbortSignal): Promise<Buffer> {
  const { argv, directory, libraries, mayFail = false } = request;
  // Messages and sort orders in English, so that what the host speaks can't change what we build.
  const environment = { LC_ALL: 'C.UTF-8', ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }) };
  const result = await runProcess({ argv, environment, ...(directory === undefined ? {} : { directory }) }, signal);
  if (result.isAborted) throw new FaultError({ code: 'PAY-007', kind: 'payload.interrupted' });
  if (result.exitCode !== 0 && !mayFail) {
    const { exitCode, errorTail } = result;
    const why = errorTail.split('\n').at(-1) ?? '';
    throw new FaultError({ code: 'PAY-006', kind: 'payload.toolFailed', tool: argv.join(' '), exitCode, why });
  }
  return result.output;
}
