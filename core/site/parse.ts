import type { FileFault } from '../faults/config.js';
import { FaultError } from '../faults/fault.js';
import { nodeId } from '../ids.js';
import { SITE_CHECKS } from './checks.js';
import { durationOf } from './duration.js';
import { HANDS_CHECKS } from './hands-checks.js';
import { handsOf, pduOf, secretOf } from './parse-hands.js';
import { MESH_CHECKS } from './mesh-checks.js';
import { addressText, parseSubnet } from './network.js';
import { fileFaults } from './problem.js';
import { readShape } from './read-shape.js';
import { siteShape, type SiteFile } from './schema.js';
import {
  DEFAULT_DISK,
  DEFAULT_SERVER_MAC,
  ipv4Address,
  macAddress,
  type Deadlines,
  type DiskSizes,
  type Image,
  type Site,
  type SiteNode,
} from './site.js';
import { sizeOf } from './size.js';
import { STAGES } from '../evidence.js';
import { assert } from '../unreachable.js';

const SITE = { shape: siteShape, checks: [...SITE_CHECKS, ...MESH_CHECKS, ...HANDS_CHECKS] };

/**
 * The text of a site file as a value. Reading the file is the caller's.
 *
 * @param file how the file is called in messages
 * @throws FaultError CFG-002 with the first fault of the file; `siteProblems` tells all
 */
export function parseSite(text: string, file: string): Site {
  const read = readShape(text, SITE);
  if ('value' in read) return siteOf(read.value, file);
  const [first] = fileFaults(text, file, read.problems);
  assert(first !== undefined, 'a text that is no site has a problem');
  throw new FaultError(first);
}

/** Every fault of a site file in the order of their places; none: `parseSite` will not throw. */
export function siteProblems(text: string, file: string): readonly FileFault[] {
  return fileFaults(text, file, readShape(text, SITE).problems);
}

function siteOf(written: SiteFile, file: string): Site {
  const subnet = parseSubnet(written.network.subnet);
  assert(subnet !== null, 'the shape lets only subnets through');
  const images = Object.entries(written.images).map(([name, { kind }]) => ({ name, kind }));
  return {
    file,
    name: written.name,
    network: {
      subnet: ipv4Address(addressText(subnet.address)),
      prefix: subnet.prefix,
      server: ipv4Address(written.network.server),
      serverMac: macAddress(written.network.server_mac ?? DEFAULT_SERVER_MAC),
    },
    bootFile: written.boot_file,
    iqn: written.iqn,
    images,
    nodes: Object.entries(written.nodes).map(([name, node]) => nodeOf(name, node, images)),
    pdus: Object.entries(written.pdus ?? {}).map(([name, pdu]) => pduOf(name, pdu)),
    deadlines: deadlinesOf(written.deadlines ?? {}),
    disk: diskOf(written.disk ?? {}),
  };
}

function nodeOf(name: string, written: SiteFile['nodes'][string], images: readonly Image[]): SiteNode {
  const image = images.find((candidate) => candidate.name === written.image);
  assert(image !== undefined, 'the checks let only images through that there are');
  return {
    id: nodeId(name),
    kind: written.kind,
    slot: written.kind === 'mesh' ? (written.slot ?? 1) : null,
    world: written.world,
    mac: macAddress(written.mac),
    address: ipv4Address(written.address),
    image,
    memory_mb: written.memory_mb,
    nic: written.nic,
    initiators: written.initiators ?? [],
    chap: written.chap === undefined ? null : { user: written.chap.user, secret: secretOf(written.chap.secret) },
    ...handsOf(written),
  };
}

/** The sizes that are written, and the testbed's for the rest. */
export function diskOf(written: NonNullable<SiteFile['disk']>): DiskSizes {
  const size = (text: string | undefined): number | null => (text === undefined ? null : sizeOf(text));
  return {
    boot_bytes: size(written.boot) ?? DEFAULT_DISK.boot_bytes,
    swap_bytes: size(written.swap) ?? DEFAULT_DISK.swap_bytes,
    reserved_bytes: size(written.reserved) ?? DEFAULT_DISK.reserved_bytes,
    slot_bytes: size(written.slot) ?? DEFAULT_DISK.slot_bytes,
    slots: written.slots ?? DEFAULT_DISK.slots,
  };
}

/** Durations by stage in ms, in the order of the stages. */
export function deadlinesOf(written: NonNullable<SiteFile['deadlines']>): Deadlines {
  const given = new Map<string, string | undefined>(Object.entries(written));
  const spans = STAGES.flatMap((stage) => {
    const text = given.get(stage);
    return text === undefined ? [] : [[stage, milliseconds(text)] as const];
  });
  return Object.fromEntries(spans);
}

/** For durations that the shape has let through. */
export function milliseconds(text: string): number {
  const span_ms = durationOf(text);
  assert(span_ms !== null, 'the shape lets only durations through');
  return span_ms;
}
