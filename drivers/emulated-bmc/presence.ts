import { createSocket } from 'node:dgram';
import type { Clock } from '../../core/clock.js';

/** RMCP presence ping with tag 0. @see IPMI 2.0 rev 1.1, table 13-5 */
const PING = Buffer.from([0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x00, 0x00, 0x00]);
const ASF_MESSAGE_TYPE = 8;
const PONG = 0x40;
/** A simulator is up after 20 to 60 ms (measured). */
const PAUSE_MS = 10;

/** Asks until somebody answers. @returns false when nobody did in time, or `ended` came first */
export function waitForPresence(
  port: number,
  { clock, limit_ms, ended }: { readonly clock: Clock; readonly limit_ms: number; readonly ended: Promise<unknown> },
): Promise<boolean> {
  const socket = createSocket('udp4');
  const until = clock.now() + limit_ms;
  return new Promise((resolve) => {
    let isOver = false;
    const end = (isThere: boolean): void => {
      if (isOver) return;
      isOver = true;
      socket.close();
      resolve(isThere);
    };
    const ask = (): void => {
      if (isOver) return;
      if (clock.now() > until) return end(false);
      socket.send(PING, port, '127.0.0.1');
      clock.setTimer(PAUSE_MS, ask);
    };
    socket.on('error', () => {});
    socket.on('message', (bytes) => {
      if (bytes[ASF_MESSAGE_TYPE] === PONG) end(true);
    });
    void ended.then(() => end(false));
    ask();
  });
}
