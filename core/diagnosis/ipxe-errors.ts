import type { Fault } from '../faults/fault.js';
import type { ConsoleMemory } from './console-memory.js';

/**
 * iPXE's error codes, eight hexadecimal digits: what went wrong, where in its sources, and which case. These were
 * provoked one by one on Debian's 1.0.0+git-20190125; the text before a code is not unique ("Input/output error").
 */
type SanFailure =
  | { readonly is: 'refused'; readonly status: string }
  | { readonly is: 'unreachable' }
  | { readonly is: 'unnamed' };

/** @see RFC 7143, section 11.13.5, for the login status (class and detail) behind each */
const SAN_FAILURES: Readonly<Record<string, SanFailure>> = {
  '410d613c': { is: 'refused', status: 'authentication failed (0201)' },
  '410d623c': { is: 'refused', status: 'not authorised (0202)' },
  '2c0d603b': { is: 'refused', status: 'no such target (0203)' },
  '3c0d6103': { is: 'refused', status: 'initiator error (0200)' },
  '3c0d6403': { is: 'refused', status: 'target error (0300)' },
  // The login went well, and the first command did not: the target has no such LUN.
  '1d704039': { is: 'refused', status: 'no such LUN' },
  '0f0a6039': { is: 'unreachable' }, // the portal answered with a RST
  '4c0a6035': { is: 'unreachable' }, // the portal never answered
  '3f122003': { is: 'unnamed' }, // an empty root path
};

const TFTP_NOT_FOUND = '2d12603b';
const TFTP_TIMED_OUT = '4c126035';

/** What `Could not open SAN device: text (http://ipxe.org/code)` means. A code of another iPXE is told as it stands. */
export function sanFault({ target }: ConsoleMemory, text: string, code: string): Fault {
  const failure = SAN_FAILURES[code] ?? { is: 'refused', status: `${text} (iPXE ${code})` };
  switch (failure.is) {
    case 'refused':
      return { code: 'BOOT-004', kind: 'lun.refused', target, status: failure.status };
    case 'unreachable':
      return { code: 'BOOT-009', kind: 'lun.unreachable', target };
    case 'unnamed':
      return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage: 'ipxe.dhcp', text: 'DHCP gave no root path' };
  }
}

export function tftpFault(file: string, code: string): Fault {
  if (code === TFTP_NOT_FOUND) return { code: 'BOOT-003', kind: 'bootFile.missing', file };
  const text = code === TFTP_TIMED_OUT ? `no TFTP answer for ${file}` : `${file} was not loaded (iPXE ${code})`;
  return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage: 'pxe.tftp', text };
}

/** HTTP status 404. */
const HTTP_NOT_FOUND = '2d0c613b';

/** @param file path on the server */
export function httpFault(file: string, code: string): Fault {
  if (code === HTTP_NOT_FOUND && file.endsWith('.ipxe')) return { code: 'BOOT-010', kind: 'script.missing', file };
  const text = code === HTTP_NOT_FOUND ? `${file} is not on the HTTP server` : `${file} was not loaded (iPXE ${code})`;
  return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage: 'ipxe.script', text };
}

export function unansweredFault({ ipxe }: ConsoleMemory): Fault {
  return { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: ipxe === 'rom' ? 'pxe.dhcp' : 'ipxe.dhcp' };
}
