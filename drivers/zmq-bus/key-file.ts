import { ROLES, type Role } from '../../core/bus/role.js';

/** A key file as CZMQ and pyzmq write it, with our metadata; `secretKey` null: the public one. */
export interface KeyFile {
  readonly name: string;
  readonly role: Role | 'rack';
  readonly publicKey: string;
  readonly secretKey: string | null;
  /** The rack's public key, for whom it was made. */
  readonly rackKey: string | null;
}

/** 32 bytes in Z85. @see https://rfc.zeromq.org/spec/32 */
const Z85_KEY = /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** @see https://rfc.zeromq.org/spec/4 (ZPL) */
export function keyText({ name, role, publicKey, secretKey, rackKey }: KeyFile): string {
  return [
    secretKey === null
      ? '#   A public key: it may be given away.'
      : '#   A secret key: nobody else may read this file.',
    'metadata',
    `    name = "${name}"`,
    `    role = "${role}"`,
    ...(rackKey === null ? [] : [`    rack = "${rackKey}"`]),
    'curve',
    `    public-key = "${publicKey}"`,
    ...(secretKey === null ? [] : [`    secret-key = "${secretKey}"`]),
    '',
  ].join('\n');
}

/** @returns the key, or what is wrong with the text; that never holds any of it */
export function parseKey(text: string): KeyFile | string {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([a-z-]+)\s*=\s*"([^"]*)"\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  const publicKey = values.get('public-key') ?? '';
  const secretKey = values.get('secret-key') ?? null;
  const rackKey = values.get('rack') ?? null;
  const role = [...ROLES, 'rack' as const].find((one) => one === values.get('role'));
  const name = values.get('name') ?? '';
  if (role === undefined) return 'it has no role';
  if (!KEY_NAME.test(name)) return 'it has no name';
  if (!Z85_KEY.test(publicKey)) return 'it has no public key';
  if (secretKey !== null && !Z85_KEY.test(secretKey)) return 'its secret key is cut off';
  if (rackKey !== null && !Z85_KEY.test(rackKey)) return "the rack's key in it is cut off";
  return { name, role, publicKey, secretKey, rackKey };
}

export const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** 32 raw bytes, as they come from a handshake, in the form of files. */
export function z85(bytes: Uint8Array): string {
  let text = '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
    let rest = view.getUint32(at);
    let digits = '';
    for (let place = 0; place < 5; place += 1) {
      digits = `${ALPHABET[rest % 85]}${digits}`;
      rest = Math.floor(rest / 85);
    }
    text += digits;
  }
  return text;
}
