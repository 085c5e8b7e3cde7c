import type { Role } from '../../core/bus/role.js';
import { FaultError } from '../../core/faults/fault.js';

/** A bus has four sockets; the first three are named after what may be done there. */
export const SOCKETS = ['watch', 'operate', 'admin', 'events'] as const;
export type SocketName = (typeof SOCKETS)[number];

/** What a key must be good for to get in by a socket. */
export const NEEDED: Readonly<Record<SocketName, Role>> = {
  watch: 'watch',
  operate: 'operate',
  admin: 'admin',
  events: 'watch',
};

/** Where a bus listens. */
export type BusAddress =
  | { readonly way: 'ipc'; readonly folder: string }
  /** Port 0: four free ones in a row. */
  | { readonly way: 'tcp'; readonly host: string; readonly port: number };

/** sun_path holds 108 bytes, the last of them zero (unix(7)); `/operate` is the longest name. */
const LONGEST_FOLDER = 107 - '/operate'.length;
const TCP = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/** @throws FaultError BUS-010 */
export function parseAddress(text: string): BusAddress {
  if (text.startsWith('ipc://')) return ipcAddress(text, text.slice('ipc://'.length));
  const [, host, digits = ''] = TCP.exec(text) ?? [];
  if (host === undefined) throw bad(text, 'it is neither ipc://FOLDER nor tcp://HOST:PORT');
  const port = Number(digits);
  if (port + SOCKETS.length > 65_536) throw bad(text, 'it takes four ports in a row, and there are 65535');
  return { way: 'tcp', host, port };
}

export function textOf(address: BusAddress): string {
  return address.way === 'ipc' ? `ipc://${address.folder}` : `tcp://${address.host}:${address.port}`;
}

export function endpointOf(address: BusAddress, socket: SocketName): string {
  if (address.way === 'ipc') return `ipc://${address.folder}/${socket}`;
  return `tcp://${address.host}:${address.port + SOCKETS.indexOf(socket)}`;
}

function ipcAddress(text: string, folder: string): BusAddress {
  if (!folder.startsWith('/')) throw bad(text, 'the folder has no absolute path');
  if (new TextEncoder().encode(folder).length > LONGEST_FOLDER) throw bad(text, 'its path is too long for a socket');
  return { way: 'ipc', folder: folder.replace(/(.)\/+$/, '$1') };
}

function bad(address: string, why: string): FaultError {
  return new FaultError({ code: 'BUS-010', kind: 'address.bad', address, why });
}
