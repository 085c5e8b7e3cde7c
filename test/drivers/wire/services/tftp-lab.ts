import { seededRandom, type Random } from '../../../../core/random.js';
import type { Ipv4 } from '../../../../drivers/wire/address.js';
import { fileOf } from '../../../../drivers/wire/services/tftp/file.js';
import { openTftp, type TftpServer } from '../../../../drivers/wire/services/tftp/server.js';
import { ipv4, mac } from './lab.js';
import { VirtualClock } from '../../../../sim/clock.js';
import { startTftpClient, type TftpClient } from './tftp-client.js';

const SERVER = ipv4('10.99.0.1');
const NODE = mac('52:54:00:99:00:01');
export const CLIENT = ipv4('10.99.0.101');
export const NO_OPTIONS: ReadonlyMap<string, string> = new Map();

export interface Sent {
  readonly port: number;
  readonly to: number;
  readonly payload: Buffer;
}

export interface Served {
  readonly server: TftpServer;
  readonly clock: VirtualClock;
  /** Names of files whose last block was acknowledged. */
  readonly loaded: string[];
  /** All that the server has sent. */
  readonly sent: Sent[];
  /** A datagram from the client to the server; answers are added to `sent`. */
  readonly say: (to: number, payload: Buffer, from?: { readonly port?: number; readonly address?: Ipv4 }) => void;
  /** Takes away what the server has sent so far. */
  readonly take: () => readonly Sent[];
}

export function serve(files: Readonly<Record<string, Buffer>>, onSent: (sent: Sent) => void = () => {}): Served {
  const clock = new VirtualClock();
  const loaded: string[] = [];
  const sent: Sent[] = [];
  const server = openTftp({
    clock,
    files: (name) => {
      const bytes = files[name];
      return bytes === undefined ? null : fileOf(bytes);
    },
    onLoaded: (_, name) => void loaded.push(name),
  });
  const say: Served['say'] = (to, payload, from = {}) =>
    server.service(
      {
        peerMac: NODE,
        source: from.address ?? CLIENT,
        sourcePort: from.port ?? 2000,
        destination: SERVER,
        destinationPort: to,
        payload,
      },
      (datagram) => {
        const one = { port: datagram.sourcePort, to: datagram.destinationPort, payload: datagram.payload };
        sent.push(one);
        onSent(one);
      },
    );
  return { server, clock, loaded, sent, say, take: () => sent.splice(0) };
}

/** How a link treats datagrams. */
export interface Weather {
  readonly seed: number;
  /** Chances, in percent. */
  readonly loses: number;
  readonly doubles: number;
  /** Up to so many ms on the way; more than the sender's pace means reordering. */
  readonly delay_ms: number;
}

/** Carries datagrams with what the weather does to them, but never loses two in a row: progress can be demanded. */
function link(weather: Weather, clock: VirtualClock): (deliver: () => void) => void {
  const random: Random = seededRandom(weather.seed);
  let hasLost = false;
  return (deliver) => {
    hasLost = !hasLost && random.next() * 100 < weather.loses;
    if (hasLost) return;
    const copies = random.next() * 100 < weather.doubles ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) clock.setTimer(random.next() * weather.delay_ms, deliver);
  };
}

export interface Download {
  readonly served: Served;
  readonly client: TftpClient;
}

/** One file from server to client through the weather, for at most an hour. */
export function download(bytes: Buffer, options: ReadonlyMap<string, string>, weather: Weather): Download {
  const served = serve({ file: bytes }, ({ port, payload }) => down(() => client.receive(port, payload)));
  const up = link(weather, served.clock);
  const down = link({ ...weather, seed: weather.seed + 1 }, served.clock);
  const client = startTftpClient({
    clock: served.clock,
    file: 'file',
    options,
    send: (port, payload) => up(() => served.say(port, payload)),
  });
  served.clock.run(3_600_000);
  return { served, client };
}
