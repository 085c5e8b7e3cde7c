import { connect, type Socket } from 'node:net';
import { FaultError } from '../../core/faults/fault.js';
import { PeerPort, type PeerPortOptions } from './peer-port.js';

/** A port of the switch that calls QEMU: one that outlives us, and so has `-netdev stream,server=on` at the path. */
export interface CallingPort {
  readonly isConnected: boolean;
  /** Calls QEMU, which listens there already. @throws FaultError WIRE-002 */
  plug(): Promise<void>;
  /** Cuts the peer, which listens on for the next caller. */
  close(): Promise<void>;
}

export function openCallingPort(options: PeerPortOptions): CallingPort {
  const peer = new PeerPort(options);
  peer.attach();
  return {
    get isConnected() {
      return peer.isConnected;
    },
    plug: async () => peer.welcome(await called(options.path)),
    close() {
      peer.close();
      return Promise.resolve();
    },
  };
}

function called(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(new FaultError({ code: 'WIRE-002', kind: 'socket.unusable', path, why: error.code ?? error.name }, error));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
