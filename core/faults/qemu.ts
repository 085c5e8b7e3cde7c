import type { FaultTable } from './table.js';

/** QMU: an emulated node's QEMU did not do as it should. */
export type QemuFault =
  | {
      readonly code: 'QMU-001';
      readonly kind: 'qemu.died';
      readonly node: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** The end of what it wrote to stderr. */
      readonly text: string;
    }
  | {
      readonly code: 'QMU-002';
      readonly kind: 'qemu.silent';
      readonly node: string;
      readonly command: string;
      readonly waited_ms: number;
    }
  | { readonly code: 'QMU-003'; readonly kind: 'monitor.garbage'; readonly node: string; readonly text: string }
  | { readonly code: 'QMU-004'; readonly kind: 'qemu.stopped'; readonly node: string; readonly status: string }
  | {
      readonly code: 'QMU-005';
      readonly kind: 'monitor.refused';
      readonly node: string;
      readonly command: string;
      readonly why: string;
    }
  | {
      readonly code: 'QMU-006';
      readonly kind: 'socket.pathTooLong';
      readonly path: string;
      readonly length_bytes: number;
      readonly limit_bytes: number;
    }
  | { readonly code: 'QMU-007'; readonly kind: 'socket.occupied'; readonly path: string; readonly why: string }
  | { readonly code: 'QMU-008'; readonly kind: 'monitor.closed'; readonly node: string; readonly command: string }
  | { readonly code: 'QMU-009'; readonly kind: 'guest.restarted'; readonly node: string; readonly reason: string }
  | { readonly code: 'QMU-010'; readonly kind: 'node.unknown'; readonly node: string }
  | { readonly code: 'QMU-011'; readonly kind: 'console.unwritable'; readonly path: string; readonly why: string }
  | { readonly code: 'QMU-012'; readonly kind: 'wire.absent'; readonly node: string; readonly path: string }
  | { readonly code: 'QMU-013'; readonly kind: 'bootDevice.absent'; readonly node: string; readonly device: string }
  | { readonly code: 'QMU-014'; readonly kind: 'record.unreadable'; readonly file: string; readonly why: string }
  | {
      readonly code: 'QMU-015';
      readonly kind: 'qemu.unreachable';
      readonly node: string;
      readonly path: string;
      readonly why: string;
    }
  | {
      readonly code: 'QMU-016';
      readonly kind: 'qemu.endedUnseen';
      readonly node: string;
      /** The last line that it wrote to stderr. */
      readonly text: string;
    };

export const qemuFaults: FaultTable<QemuFault> = {
  'QMU-001': {
    says: (fault) => `QEMU of ${fault.node} ended by itself (${ending(fault)})${fault.text && `: ${fault.text}`}`,
    remedy: () => 'Run `metalrig doctor`, and read the console log of the node in the run bundle.',
  },
  'QMU-002': {
    says: (fault) => `QEMU of ${fault.node} did not answer ${fault.command} for ${fault.waited_ms} ms`,
    remedy: () => 'Check whether the process is stopped (state T) or the host out of CPU; power the node off and on.',
  },
  'QMU-003': {
    says: (fault) => `the monitor of ${fault.node} sent what is not QMP: ${JSON.stringify(fault.text)}`,
    remedy: () => 'Check that nothing else writes to the monitor socket, and the version of QEMU (`metalrig doctor`).',
  },
  'QMU-004': {
    says: (fault) => `QEMU of ${fault.node} stopped its guest: ${fault.status}`,
    remedy: (fault) =>
      fault.status === 'internal-error'
        ? 'The accelerator cannot run this guest: use TCG for this node.'
        : 'Look for a full disk or an I/O error on the host, then power the node off and on.',
  },
  'QMU-005': {
    says: (fault) => `QEMU of ${fault.node} refused ${fault.command}: ${fault.why}`,
    remedy: () => 'Compare the version of QEMU with the one in drivers/qemu/README.md (`metalrig doctor`).',
  },
  'QMU-006': {
    says: (fault) =>
      `the socket path ${fault.path} has ${fault.length_bytes} bytes; a Unix socket takes ${fault.limit_bytes}`,
    remedy: () => 'Choose a shorter directory for the run (--out), for instance under /tmp.',
  },
  'QMU-007': {
    says: (fault) => `the socket ${fault.path} cannot be opened: ${fault.why}`,
    remedy: (fault) => `Check whether another run uses ${fault.path}; if none does, remove it.`,
  },
  'QMU-008': {
    says: (fault) => `QEMU of ${fault.node} closed its monitor before it answered ${fault.command}`,
    remedy: () => 'QEMU has ended: read the console log of the node in the run bundle, then boot it again.',
  },
  'QMU-009': {
    says: (fault) => `the guest on ${fault.node} restarted itself (${fault.reason})`,
    remedy: () => 'Read the end of the console log: a panic with panic=1, or a reboot in the image.',
  },
  'QMU-010': {
    says: (fault) => `there is no emulated node ${fault.node} in this rack`,
    remedy: () => 'Check the name against the nodes of the site file.',
  },
  'QMU-011': {
    says: (fault) => `the console log ${fault.path} cannot be written: ${fault.why}`,
    remedy: (fault) => `Check the free space and the permissions of the folder of ${fault.path}.`,
  },
  'QMU-012': {
    says: (fault) => `${fault.node} cannot be plugged in: no switch listens on ${fault.path}`,
    remedy: () => 'Start the wire before the node, and check the path of its port.',
  },
  'QMU-013': {
    says: (fault) => `${fault.node} has no ${fault.device} to boot from`,
    remedy: (fault) => `Choose a device that ${fault.node} has: its network card, or a disk of its own (kind: mesh).`,
  },
  'QMU-014': {
    says: (fault) => `the record ${fault.file} of an emulated node cannot be used: ${fault.why}`,
    remedy: (fault) => `End the QEMU that it stands for, if one still runs, and remove ${fault.file}.`,
  },
  'QMU-015': {
    says: (fault) => `QEMU of ${fault.node} cannot be reached at ${fault.path}: ${fault.why}`,
    remedy: () => 'It was ended, as nobody could hold it any more: switch the node on again.',
  },
  'QMU-016': {
    says: (fault) => `QEMU of ${fault.node} ended while nobody watched it${fault.text && `: ${fault.text}`}`,
    remedy: () => 'Read the end of the console log, then switch the node on again.',
  },
};

function ending(fault: { readonly exitCode: number | null; readonly signal: string | null }): string {
  return fault.signal === null ? `exit code ${fault.exitCode ?? 'unknown'}` : fault.signal;
}
