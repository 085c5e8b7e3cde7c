import type { FaultTable } from './table.js';

/** WIRE: the Ethernet of the emulated rack. */
export type WireFault =
  | { readonly code: 'WIRE-001'; readonly kind: 'socket.occupied'; readonly path: string }
  | { readonly code: 'WIRE-002'; readonly kind: 'socket.unusable'; readonly path: string; readonly why: string }
  | { readonly code: 'WIRE-003'; readonly kind: 'peer.garbage'; readonly port: string; readonly length_bytes: number }
  | { readonly code: 'WIRE-004'; readonly kind: 'capture.unwritable'; readonly path: string; readonly why: string };

export const wireFaults: FaultTable<WireFault> = {
  'WIRE-001': {
    says: (fault) => `the socket path ${fault.path} is in use by something else`,
    remedy: (fault) =>
      `End the process that listens on ${fault.path} (see \`ss -lxp\`), or run with another directory.`,
  },
  'WIRE-002': {
    says: (fault) => `cannot listen on the socket path ${fault.path}: ${fault.why}`,
    remedy: () =>
      'Choose a directory that exists, that this user may write to, and whose path is shorter than 90 bytes.',
  },
  'WIRE-003': {
    says: (fault) => `port ${fault.port} was cut: its peer announced a frame of ${fault.length_bytes} bytes`,
    remedy: (fault) => `Check that only QEMU's -netdev stream connects to the socket of ${fault.port}.`,
  },
  'WIRE-004': {
    says: (fault) => `the capture ${fault.path} cannot be written any further: ${fault.why}`,
    remedy: () =>
      'Free some disk space or choose another output directory; the run itself went on without the capture.',
  },
};
