import type { Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';

/** How a QEMU process ended, as far as we were told. */
export interface Ending {
  /** What its last SHUTDOWN event gave as the reason; null when there was none. @see QEMU QMP reference, ShutdownCause */
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly errorTail: string;
}

/** Somebody pulled the plug: an operator, the out-of-memory killer, a mishap. Any other signal is QEMU's own crash. */
const FROM_OUTSIDE: readonly (string | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/** What the end of a process that nobody of ours asked to quit means for the boot that it carried. */
export function faultOfEnding(node: NodeId, stage: Stage, ending: Ending): Fault {
  const { reason, exitCode, signal, errorTail } = ending;
  switch (reason) {
    case 'guest-reset':
      return { code: 'QMU-009', kind: 'guest.restarted', node, reason };
    case 'guest-panic':
      return { code: 'BOOT-006', kind: 'kernel.panic', text: 'the guest told its panic device' };
    case 'guest-shutdown':
    case 'host-signal':
    case 'host-qmp-quit':
      return { code: 'BOOT-007', kind: 'power.lost', stage };
    default:
      if (FROM_OUTSIDE.includes(signal)) return { code: 'BOOT-007', kind: 'power.lost', stage };
      return { code: 'QMU-001', kind: 'qemu.died', node, exitCode, signal, text: lastLine(errorTail) };
  }
}

/** What the end looked like, in a few words. */
export function describeEnding({ reason, exitCode, signal }: Ending): string {
  return `QEMU ended: ${reason ?? signal ?? `exit code ${exitCode}`}`;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}
