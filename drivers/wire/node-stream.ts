import type { Socket } from 'node:net';
import type { ByteStream } from './byte-stream.js';

/** `write` says stop from here on: enough to keep a loopback connection busy while the next reply is made. */
const SEND_MARK_BYTES = 1024 * 1024;

/**
 * An ordinary socket as a ByteStream, so that what answers on the wire also serves a TCP port of the host.
 * Takes the socket over: errors end in `onClose`, and it stays half open after the peer's FIN until `end` is called.
 *
 * @param socket connected, and not yet read from
 */
export function nodeStream(socket: Socket): ByteStream {
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  // 'close' follows every error, and is what the ByteStream tells.
  socket.on('error', () => undefined);
  return {
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    write: (bytes) => writeTo(socket, bytes),
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    end: () => void socket.end(),
    abort: () => void socket.resetAndDestroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    onData: (listener) => void socket.on('data', listener),
    onDrain: (listener) => void socket.on('drain', listener),
    onEnd: (listener) => void socket.on('end', listener),
    onClose: (listener) => void socket.once('close', () => listener()),
  };
}

/** 'drain' comes after every false: the mark lies over the socket's own one, at which it begins to owe a 'drain'. */
function writeTo(socket: Socket, bytes: Buffer): boolean {
  if (!socket.writable) return false;
  socket.write(bytes);
  return socket.writableLength < Math.max(SEND_MARK_BYTES, socket.writableHighWaterMark);
}
