import { createHash } from 'node:crypto';
import type { LogicalUnit } from './logical-unit.js';
import { padded, vendorAndProduct } from './inquiry.js';
import { MOST_BLOCKS, MOST_COMPARED_BLOCKS, MOST_UNMAP_DESCRIPTORS } from './limits.js';

type Page = (unit: LogicalUnit) => Buffer;

/** Pages of INQUIRY with EVPD (SPC-4, section 7.8; SBC-3, section 6.6), in the order page 00h lists them. */
const PAGES: Readonly<Record<number, Page>> = {
  0x00: supportedPages,
  0x80: serialNumber,
  0x83: identification,
  0xb0: blockLimits,
  0xb1: characteristics,
  0xb2: provisioning,
};

/** @returns null when there is no such page */
export function vitalProductData(page: number, unit: LogicalUnit): Buffer | null {
  const make = PAGES[page];
  return make === undefined ? null : make(unit);
}

function pageOf(code: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header[1] = code;
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

function supportedPages(): Buffer {
  return pageOf(0x00, Buffer.from(Object.keys(PAGES).map(Number)));
}

function serialNumber(unit: LogicalUnit): Buffer {
  return pageOf(0x80, Buffer.from(padded(unit.store.serial, 16), 'latin1'));
}

/** A vendor designator for people, and an NAA one (locally assigned) that Linux makes its names of. */
function identification(unit: LogicalUnit): Buffer {
  const text = Buffer.from(vendorAndProduct().slice(0, 8) + padded(unit.store.serial, 16), 'latin1');
  const naa = createHash('sha256').update(unit.store.serial).digest().subarray(0, 8);
  // NAA 3h: locally assigned (SPC-4, section 7.8.6.6.4).
  naa[0] = 0x30 | ((naa[0] ?? 0) & 0x0f);
  return pageOf(0x83, Buffer.concat([designator(0x02, 0x01, text), designator(0x01, 0x03, naa)]));
}

/** @param codeSet 1 binary, 2 ASCII @param type 1 T10 vendor, 3 NAA; the association is the logical unit */
function designator(codeSet: number, type: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([codeSet, type, 0, bytes.length]), bytes]);
}

function blockLimits(unit: LogicalUnit): Buffer {
  const payload = Buffer.alloc(60);
  // WSNZ: WRITE SAME of 0 blocks, which would mean up to the end of any disk at once, is refused.
  payload[0] = 0x01;
  payload[1] = MOST_COMPARED_BLOCKS;
  payload.writeUInt16BE(8, 2);
  payload.writeUInt32BE(MOST_BLOCKS, 4);
  payload.writeUInt32BE(512, 8);
  const thin = unit.store.thin;
  if (thin !== undefined) {
    payload.writeUInt32BE(0xffffffff, 16);
    payload.writeUInt32BE(MOST_UNMAP_DESCRIPTORS, 20);
    payload.writeUInt32BE(thin.granularity_bytes / unit.block_bytes, 24);
    payload.writeUInt32BE(0x80000000, 28);
  }
  payload.writeBigUInt64BE(BigInt(MOST_BLOCKS), 32);
  return pageOf(0xb0, payload);
}

/** Medium rotation rate 1: it does not rotate (SBC-3, section 6.6.3). */
function characteristics(): Buffer {
  const payload = Buffer.alloc(60);
  payload.writeUInt16BE(1, 0);
  return pageOf(0xb1, payload);
}

/** LBPU, LBPWS, LBPWS10 and LBPRZ with provisioning type 2 (thin) where the store is (SBC-3, section 6.6.4). */
function provisioning(unit: LogicalUnit): Buffer {
  return pageOf(0xb2, unit.store.thin === undefined ? Buffer.alloc(4) : Buffer.from([0, 0xe4, 2, 0]));
}
