import { createSocket, type Socket } from 'node:dgram';
import type { Attach } from '../wire-port.js';
import { vxlanFrame, vxlanHeader } from './vxlan.js';

export interface UplinkOptions {
  /** Plugs the uplink into a port of the switch. */
  readonly attach: Attach;
  /** Our end: an address of this host (or namespace) that no kernel VXLAN interface listens on. */
  readonly local: { readonly address: string; readonly port: number };
  /** The kernel's end, the same port by habit: 4789. */
  readonly remote: { readonly address: string; readonly port: number };
  /** The VXLAN network identifier, 24 bits. */
  readonly network: number;
}

export interface Uplink {
  counters(): UplinkCounters;
  /** Resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface UplinkCounters {
  readonly sent_frames: number;
  readonly received_frames: number;
  /** Not from `remote`, another network, or no frame. */
  readonly refused_packets: number;
  /** The socket's queue was full or the far end unreachable. */
  readonly lost_frames: number;
}

/** What the socket may hold back before frames are dropped: a switch drops when a port is slower than the wire. */
const LONGEST_QUEUE_BYTES = 1 << 20;
/** A burst of 2 MiB from the kernel while this process is busy; the kernel caps it at net.core.rmem_max. */
const SOCKET_BUFFER_BYTES = 2 << 20;

/**
 * Joins the switch with a kernel VXLAN interface, so that programs in its network namespace are on our wire.
 * @throws what bind throws: the address is not ours, the port is taken
 */
export async function openUplink(options: UplinkOptions): Promise<Uplink> {
  const { local, remote, network } = options;
  const counters = { sent_frames: 0, received_frames: 0, refused_packets: 0, lost_frames: 0 };
  const socket = createSocket({ type: 'udp4' });
  await bound(socket, local);
  // A send tells its callback what went wrong; whatever else the socket has to say costs frames, not the process.
  socket.on('error', () => void counters.lost_frames++);

  const header = vxlanHeader(network);
  const port = options.attach((frame) => {
    if (socket.getSendQueueSize() > LONGEST_QUEUE_BYTES) {
      counters.lost_frames++;
      return 'full';
    }
    socket.send([header, frame], remote.port, remote.address, (error) => {
      if (error === null) counters.sent_frames++;
      else counters.lost_frames++;
    });
    return 'taken';
  });
  socket.on('message', (packet, from) => {
    // The kernel chooses its source port by flow (RFC 7348, section 5), so only the address is looked at.
    const frame = from.address === remote.address ? vxlanFrame(packet, network) : null;
    if (frame === null) counters.refused_packets++;
    else {
      counters.received_frames++;
      port.send(frame);
    }
  });
  return {
    counters: () => ({ ...counters }),
    close() {
      port.close();
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

function bound(socket: Socket, local: UplinkOptions['local']): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(local.port, local.address, () => {
      socket.off('error', reject);
      socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
      socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
      resolve();
    });
  });
}
