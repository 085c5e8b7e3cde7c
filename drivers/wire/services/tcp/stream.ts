import { formatIpv4, type Ipv4 } from '../../address.js';
import type { ByteStream } from '../../byte-stream.js';
import type { Connection } from './connection.js';

/** A connection as the application sees it. */
export function streamOf(connection: Connection, address: Ipv4): ByteStream {
  const { application, ends, receiver, sender } = connection;
  let corks = 0;
  return {
    remote: { address: formatIpv4(ends.remote), port: ends.remotePort },
    local: { address: formatIpv4(address), port: ends.localPort },
    write: (bytes) => write(connection, bytes),
    cork() {
      corks += 1;
      sender.isCorked = true;
    },
    uncork() {
      corks = Math.max(0, corks - 1);
      if (corks === 0) connection.inTurn(() => void (sender.isCorked = false));
    },
    end: () => connection.end(),
    abort: () => connection.abort(),
    pause: () => void (receiver.isPaused = true),
    resume: () => connection.inTurn(() => void (receiver.isPaused = false)),
    onData: (listener) => connection.inTurn(() => receiver.listen(listener)),
    onDrain: (listener) => void application.drainListeners.push(listener),
    onEnd: (listener) => void application.endListeners.push(listener),
    onClose: (listener) => void application.closeListeners.push(listener),
  };
}

function write(connection: Connection, bytes: Buffer): boolean {
  if (connection.state !== 'established' && connection.state !== 'closeWait') return false;
  let mayGoOn = true;
  connection.inTurn(() => void (mayGoOn = connection.sender.write(bytes)));
  return mayGoOn;
}
