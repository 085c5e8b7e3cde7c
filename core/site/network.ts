/** Dotted decimal as an unsigned 32-bit number; null when it is not four numbers up to 255. */
export function addressNumber(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** A subnet by its first and last address, which are the network itself and its broadcast: neither is a host. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** The subnet that holds `address`, whose prefix has so many bits. */
export function spanOf(address: number, prefix: number): Span {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

/** `10.99.0.0/24`; null when it is not that. */
export function parseSubnet(text: string): { readonly address: number; readonly prefix: number } | null {
  const [written = '', bits = ''] = text.split('/');
  const address = addressNumber(written);
  return address === null || !/^\d{1,2}$/.test(bits) || Number(bits) > 30 ? null : { address, prefix: Number(bits) };
}

export function isHost(span: Span, address: number): boolean {
  return address > span.first && address < span.last;
}
