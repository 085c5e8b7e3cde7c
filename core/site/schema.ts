import * as z from 'zod';
import { deadlines, imageName, nodeName, title } from './formats.js';
import { handsShape, pdu, pduName, secret } from './hands-schema.js';
import { IMAGE_KINDS, MOST_SLOTS, NICS, NODE_KINDS, WORLDS } from './site.js';
import { SIZE, sizeOf } from './size.js';

// The `error` of a format is a noun phrase: problems.ts makes "X is not ..." and "Write ..." of it.

const mac = z.string().regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'a MAC address such as 52:54:00:99:00:11');

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';

const address = z.string().regex(new RegExp(`^${octet}(\\.${octet}){3}$`), 'an IPv4 address such as 10.99.0.11');

const subnet = z
  .string()
  .regex(new RegExp(`^${octet}(\\.${octet}){3}/([89]|[12][0-9]|30)$`), 'an IPv4 subnet such as 10.99.0.0/24');

// RFC 7143 section 4.2.7: at most 223 bytes; 64 are kept for the colon and the node's name.
const iqn = z
  .string()
  .max(159)
  .regex(
    /^iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[a-z0-9.-]+(:[a-z0-9.:-]+)?$/,
    'an iSCSI name such as iqn.2026-11.example.metalrig',
  );

const initiator = z
  .string()
  .max(223)
  .regex(/^(iqn\.|eui\.|naa\.)[A-Za-z0-9.:-]+$/, 'an initiator name such as iqn.2026-11.example.metalrig:root1');

// RFC 2131 section 2: the `file` field of a DHCP message holds 128 bytes, the last of them zero.
const bootFile = z
  .string()
  .regex(/^[A-Za-z0-9._-][A-Za-z0-9._/-]{0,126}$/, 'a file name below the TFTP root such as undionly.kpxe');

const PARTITION = "a partition's size from 8MiB to 2TB, such as 20GB or 64MiB";

// Below 8 MiB neither GRUB's files nor a file system with a journal find room; beyond 2^32 sectors no MBR can point.
const partition = z
  .string({ error: PARTITION })
  .regex(SIZE, PARTITION)
  .refine((text) => {
    const size_bytes = sizeOf(text) ?? 0;
    return size_bytes >= 8 * 2 ** 20 && size_bytes <= 2e12;
  }, PARTITION);

const slots = z.int().min(1).max(MOST_SLOTS);

const node = z.strictObject({
  kind: z.enum(NODE_KINDS).default('root'),
  slot: slots.optional(),
  world: z.enum(WORLDS),
  mac,
  address,
  image: imageName,
  // Below 128 MB the initramfs does not unpack; above 64 GB it is a slip of the keyboard.
  memory_mb: z.int().min(128).max(65_536).default(160),
  nic: z.enum(NICS).default('virtio'),
  initiators: z.array(initiator).max(64).optional(),
  chap: z.strictObject({ user: title, secret }).optional(),
  ...handsShape,
});

export const siteShape = z.strictObject({
  version: z.literal(1),
  name: title,
  network: z.strictObject({ subnet, server: address, server_mac: mac.optional() }),
  boot_file: bootFile,
  iqn,
  images: z.record(imageName, z.strictObject({ kind: z.enum(IMAGE_KINDS) })),
  nodes: z.record(nodeName, node),
  pdus: z.record(pduName, pdu).optional(),
  deadlines: deadlines.optional(),
  disk: z
    .strictObject({
      boot: partition.optional(),
      swap: partition.optional(),
      reserved: partition.optional(),
      slot: partition.optional(),
      slots: slots.optional(),
    })
    .optional(),
});
export type SiteFile = z.infer<typeof siteShape>;

/** The site file's shape as a JSON Schema, for editors. What needs more than one value at once it cannot say. */
export function siteSchema(): Readonly<Record<string, unknown>> {
  return { title: 'metalrig site, version 1', ...z.toJSONSchema(siteShape, { io: 'input' }) };
}
