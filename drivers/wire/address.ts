import type { Brand } from '../../core/ids.js';

/** A MAC address as a number (48 bits fit a double exactly), so that it keys a Map without a string being made. */
export type Mac = Brand<number, 'Mac'>;
/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = Brand<number, 'Ipv4'>;

export const BROADCAST_MAC = 0xffffffffffff as Mac;
/** Stands for an address that is not known yet, as in an ARP request. */
export const UNKNOWN_MAC = 0 as Mac;
export const ANY_IPV4 = 0 as Ipv4;
export const BROADCAST_IPV4 = 0xffffffff as Ipv4;

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** @returns null when `text` is not six hexadecimal pairs joined by colons */
export function parseMac(text: string): Mac | null {
  return MAC.test(text) ? (Number.parseInt(text.replaceAll(':', ''), 16) as Mac) : null;
}

export function formatMac(mac: Mac): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');
}

/** @returns null when `text` is not four decimal numbers up to 255 joined by dots */
export function parseIpv4(text: string): Ipv4 | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0) as Ipv4;
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function readMac(bytes: Buffer, offset: number): Mac {
  return (bytes.readUInt32BE(offset) * 0x10000 + bytes.readUInt16BE(offset + 4)) as Mac;
}

export function readIpv4(bytes: Buffer, offset: number): Ipv4 {
  return bytes.readUInt32BE(offset) as Ipv4;
}
