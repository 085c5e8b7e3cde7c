import type { Stage } from '../evidence.js';
import type { Brand, NodeId } from '../ids.js';
import { assert } from '../unreachable.js';
import type { NodeHands, Pdu, SecretReference } from './hands.js';
import { addressNumber } from './network.js';

/** Six lower-case hexadecimal pairs joined by colons. */
export type MacAddress = Brand<string, 'MacAddress'>;
/** Dotted decimal, without leading zeros. */
export type Ipv4Address = Brand<string, 'Ipv4Address'>;

/** Locally administered (IEEE 802-2014, 8.4), in the range that QEMU uses. */
export const DEFAULT_SERVER_MAC = '52:54:00:00:00:01';

/** The only way to get a MacAddress. For text whose shape is known; anything else is a bug. */
export function macAddress(text: string): MacAddress {
  assert(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text), 'a MAC address is six pairs');
  return text.toLowerCase() as MacAddress;
}

/** The only way to get an Ipv4Address. For text whose shape is known; anything else is a bug. */
export function ipv4Address(text: string): Ipv4Address {
  assert(addressNumber(text) !== null, 'an IPv4 address is four numbers');
  return text as Ipv4Address;
}

/** How long a stage may last before the boot has failed, in ms; a stage not named keeps the machine's own deadline. */
export type Deadlines = Readonly<Partial<Record<Stage, number>>>;

export const WORLDS = ['sim', 'emulated', 'real'] as const;
export type World = (typeof WORLDS)[number];

/** A root node's root is a LUN of its own; a mesh node's is a slot of its local disk. */
export const NODE_KINDS = ['root', 'mesh'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** As many slots as a mesh node's disk has at most: the partitions sda5 to sda25. */
export const MOST_SLOTS = 21;

/** How the local disks of mesh nodes are divided, before rounding up to whole MiB. */
export interface DiskSizes {
  /** The first GRUB's directory. */
  readonly boot_bytes: number;
  readonly swap_bytes: number;
  readonly reserved_bytes: number;
  /** Each slot. */
  readonly slot_bytes: number;
  readonly slots: number;
}

/** As on the testbed that this was drawn from. */
export const DEFAULT_DISK: DiskSizes = {
  boot_bytes: 1e9,
  swap_bytes: 9e9,
  reserved_bytes: 20e9,
  slot_bytes: 20e9,
  slots: MOST_SLOTS,
};

export const NICS = ['virtio', 'e1000'] as const;
export type Nic = (typeof NICS)[number];

/** What the payload builder can build: a root node, a LUN without boot loader, a root whose kernel panics. */
export const IMAGE_KINDS = ['root', 'no-boot-loader', 'panic'] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

export interface Image {
  readonly name: string;
  readonly kind: ImageKind;
}

export interface Network {
  /** The subnet's first address. */
  readonly subnet: Ipv4Address;
  /** Length of the subnet's prefix in bits, 8 to 30. */
  readonly prefix: number;
  /** Where DHCP, TFTP, HTTP and iSCSI answer. */
  readonly server: Ipv4Address;
  readonly serverMac: MacAddress;
}

export interface Chap {
  readonly user: string;
  readonly secret: SecretReference;
}

export interface SiteNode extends NodeHands {
  readonly id: NodeId;
  readonly kind: NodeKind;
  /** The slot that a mesh node boots, from 1 on; null for a root node. */
  readonly slot: number | null;
  readonly world: World;
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  /** What a root node's LUN holds, or a mesh node's slot. */
  readonly image: Image;
  readonly memory_mb: number;
  readonly nic: Nic;
  /** Initiator names that may log in to the node's LUN, beside the node's address; none: the address alone decides. */
  readonly initiators: readonly string[];
  readonly chap: Chap | null;
}

/** A rack as its owner describes it: `*.site.yaml`, version 1. */
export interface Site {
  /** The path that was given, for messages. */
  readonly file: string;
  readonly name: string;
  readonly network: Network;
  /** What the NIC's PXE ROM is told to load by TFTP. */
  readonly bootFile: string;
  /** Stem of every target's name. */
  readonly iqn: string;
  readonly images: readonly Image[];
  /** In the order of the file. */
  readonly nodes: readonly SiteNode[];
  readonly pdus: readonly Pdu[];
  readonly deadlines: Deadlines;
  readonly disk: DiskSizes;
}

/** The iSCSI name of a node's own target: the site's stem, a colon, the node. */
export function targetName(site: Site, node: NodeId): string {
  return `${site.iqn}:${node}`;
}
