import type * as zmq from 'zeromq';

export type ZeroMq = typeof zmq;

/** Loads native code, so only those commands do that use the bus. */
export function loadZeroMq(): Promise<ZeroMq> {
  return import('zeromq');
}

/**
 * Options of every socket of ours. A peer whose cable was pulled is noticed by heartbeats; a message that is larger
 * than any of ours ends the connection that it came by.
 */
export const SOCKET_OPTIONS = {
  heartbeatInterval: 2_000,
  heartbeatTimeout: 6_000,
  heartbeatTimeToLive: 6_000,
  handshakeInterval: 10_000,
  maxMessageSize: 32 * 1024 * 1024,
  reconnectInterval: 50,
  reconnectMaxInterval: 1_000,
} as const;

/** A receive loop looks up so often, whatever zeromq.js makes of a wait that nothing ends. */
export const RECEIVE_TIMEOUT_MS = 1_000;
