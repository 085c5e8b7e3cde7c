import type { Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';

/** How a QEMU process ended, as far as we were told. */
export interface Ending {
  /** The reason in its last SHUTDOWN event; null when there was none. @see QEMU QMP reference, ShutdownCause */
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly errorTail: string;
}

/** The guest switched itself off, or somebody told QEMU to quit. */
const POWERED_OFF: readonly (string | null)[] = ['guest-shutdown', 'host-signal', 'host-qmp-quit'];
/** Somebody pulled the plug: an operator, the out-of-memory killer, a mishap. Any other signal is QEMU's own crash. */
const FROM_OUTSIDE: readonly (string | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/** What the end of a process that nobody of ours asked to quit means for the boot that it carried. */
export function faultOfEnding(node: NodeId, stage: Stage, ending: Ending): Fault {
  const { reason, exitCode, signal, errorTail } = ending;
  if (reason === 'guest-reset') return { code: 'QMU-009', kind: 'guest.restarted', node, reason };
  if (reason === 'guest-panic') return { code: 'BOOT-006', kind: 'kernel.panic', text: 'told by its panic device' };
  if (POWERED_OFF.includes(reason) || FROM_OUTSIDE.includes(signal)) {
    return { code: 'BOOT-007', kind: 'power.lost', stage };
  }
  return { code: 'QMU-001', kind: 'qemu.died', node, exitCode, signal, text: lastLine(errorTail) };
}

/** What the end looked like, in a few words. */
export function describeEnding({ reason, exitCode, signal }: Ending): string {
  return `QEMU ended: ${reason ?? signal ?? `exit code ${exitCode}`}`;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}
