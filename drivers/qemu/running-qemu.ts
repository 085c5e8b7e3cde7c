import type { Socket } from 'node:net';
import { faultOf } from '../../core/faults/fault.js';
import type { Ending } from './ending.js';
import { watchLiveness, type Liveness } from './liveness.js';
import { isRecord } from './qmp-codec.js';
import { openMonitor, type Monitor } from './qmp.js';
import type { SessionOptions } from './session.js';

/** A QEMU process, however it is held. */
export interface RunningQemu {
  readonly connected: Promise<Monitor>;
  /** Comes when the process is gone and all that it told was read. Never rejects. */
  readonly ended: Promise<Ending>;
  /** To the guest's serial console. */
  type(bytes: Uint8Array): void;
  kill(): void;
}

export interface WatchedQemu {
  readonly connected: Promise<Monitor>;
  readonly liveness: Liveness;
  /** In its last SHUTDOWN event; null when there was none. */
  reason(): string | null;
}

/** Shakes hands with the monitor, and hears what it tells. */
export function watchQemu(options: SessionOptions, stream: Promise<Socket>): WatchedQemu {
  const { node, clock, witness } = options;
  let reason: string | null = null;
  const liveness = watchLiveness({
    clock,
    ask: async () => statusOf(await connected),
    onHang: (fault) => witness.ended(fault, 'QEMU shows no sign of life'),
  });
  const connected = stream.then((socket) =>
    openMonitor(socket, {
      node: node.node,
      clock,
      onEvent(name, data) {
        liveness.sign();
        if (name === 'SHUTDOWN') reason = String(data['reason']);
        if (name === 'RESET') witness.wasReset();
        if (name === 'STOP') void connected.then((monitor) => tellStop(options, monitor));
      },
    }),
  );
  // Whoever waits for it is told; when QEMU died first, nobody waits any more.
  connected.catch(() => {});
  return { connected, liveness, reason: () => reason };
}

/** QEMU stops a guest that it cannot run on: `internal-error` is the accelerator's, `io-error` a disk's. */
export async function tellStop({ node: { node }, witness }: SessionOptions, monitor: Monitor): Promise<void> {
  try {
    const status = await statusOf(monitor);
    const isOver = status === 'internal-error' || status === 'io-error' || status === 'guest-panicked';
    if (isOver) witness.ended({ code: 'QMU-004', kind: 'qemu.stopped', node, status }, `QEMU says ${status}`);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    witness.trouble(fault, 'QEMU stopped its guest');
  }
}

/** @see QEMU QMP reference, query-status, RunState */
export async function statusOf(monitor: Monitor): Promise<string> {
  const answer = await monitor.execute('query-status');
  return isRecord(answer) ? String(answer['status']) : 'unknown';
}
