import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeId } from '../../core/ids.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';
import type { IpmiAccess, RedfishAccess } from '../../core/site/hands.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { SiteNode } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import { openEmulatedBmc } from '../../drivers/emulated-bmc/driver.js';
import { liesOf } from '../../drivers/redfish-service/lies.js';
import { mediaFiles } from '../../drivers/redfish-service/media-files.js';
import { startRedfishService } from '../../drivers/redfish-service/service.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import { keptCertificate } from './kept-certificate.js';
import { atKnownPort } from './known-port.js';
import type { MachineRoomParts } from './machine-room.js';

const HOST = '127.0.0.1';
const MIB = 1024 * 1024;
const INLET = { name: 'Inlet Temp', value: 24, unit: 'degrees C', health: 'ok', text: '' } as const;

/** The BMCs of an emulated rack. */
export class RackBmcs implements AsyncDisposable {
  readonly #parts: MachineRoomParts;
  readonly #chassis: ReadonlyMap<NodeId, Chassis>;
  readonly #open: AsyncDisposable[] = [];
  readonly #lies = new Map<NodeId, (kind: BmcMishapKind, isTold: boolean) => void>();
  readonly #ipmi: RackState['ipmi'] = {};
  readonly #redfish: RackState['redfish'] = {};

  constructor(parts: MachineRoomParts, chassis: ReadonlyMap<NodeId, Chassis>) {
    this.#parts = parts;
    this.#chassis = chassis;
  }

  get places(): Pick<RackState, 'ipmi' | 'redfish'> {
    return { ipmi: this.#ipmi, redfish: this.#redfish };
  }

  lie(node: NodeId, kind: BmcMishapKind, isTold: boolean): void {
    this.#lies.get(node)?.(kind, isTold);
  }

  async add(node: SiteNode): Promise<void> {
    if (node.bmc?.protocol === 'ipmi') await this.#addIpmi(node, node.bmc);
    if (node.bmc?.protocol === 'redfish') await this.#addRedfish(node, node.bmc);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((bmc) => bmc[Symbol.asyncDispose]()));
  }

  async #addIpmi({ id }: SiteNode, { user, password }: IpmiAccess): Promise<void> {
    const { clock, directory, rack, readSecret, kcsPorts, noted, signal, before } = this.#parts;
    const kcsPort = kcsPorts?.get(id);
    const options = {
      node: id,
      chassis: this.#chassisOf(id),
      line: rack.line(id),
      users: [{ name: user, password: await readSecret(password, signal), privilege: 'admin' }],
      clock,
      directory: join(directory, id),
      ...(kcsPort === undefined ? {} : { kcsPort }),
      noted,
    } as const;
    const bmc = await atKnownPort(before?.ipmi[id]?.port, (port) => openEmulatedBmc({ ...options, port }));
    this.#open.push(bmc);
    this.#ipmi[id] = { address: bmc.address, port: bmc.port };
    this.#lies.set(id, (kind, isTold) => bmc.lie(kind, isTold));
  }

  async #addRedfish(node: SiteNode, { user, password }: RedfishAccess): Promise<void> {
    const { clock, directory, certificates = directory, readSecret, signal, before } = this.#parts;
    const { id } = node;
    // Asked once before, so that a password that is not there is told now and not at the first login.
    await readSecret(password, signal);
    const { tls, file } = keptCertificate(certificates, id, [HOST, id]);
    const told = new Set<BmcMishapKind>();
    const options = {
      machine: this.#served(node),
      clock,
      wall: () => wallNow().iso,
      user,
      password: () => readSecret(password, signal),
      host: HOST,
      tls,
      lies: () => liesOf(told),
    } as const;
    const known = Number(new URL(before?.redfish[id]?.url ?? `https://${HOST}:0`).port);
    const service = await atKnownPort(known, (port) => startRedfishService({ ...options, port }));
    this.#open.push(service);
    this.#redfish[id] = { url: service.url, certificate: file };
    this.#lies.set(id, (kind, isTold) => void (isTold ? told.add(kind) : told.delete(kind)));
  }

  #served({ id, mac, memory_mb }: SiteNode) {
    const media = join(this.#parts.directory, `${id}.media`);
    mkdirSync(media, { recursive: true });
    return {
      name: id,
      uuid: machineUuid(id),
      chassis: this.#chassisOf(id),
      macs: [mac],
      memory_bytes: memory_mb * MIB,
      processors: 1,
      modes: ['legacy'],
      sensors: () => [INLET],
      media: { drives: ['cdrom', 'usb'], fileOf: mediaFiles(media) },
    } as const;
  }

  #chassisOf(node: NodeId): Chassis {
    const chassis = this.#chassis.get(node);
    assert(chassis !== undefined, 'every node stands in a chassis');
    return chassis;
  }
}

/** Always the same for a node, so that whoever inventories the rack knows it again. @see RFC 9562, section 5.8 */
export function machineUuid(node: NodeId): string {
  const digits = createHash('sha256').update(`machine ${node}`).digest('hex');
  const [a, b, c, d, e] = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(13, 16),
    digits.slice(17, 20),
    digits.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
