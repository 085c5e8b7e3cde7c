import type { Stage } from '../../../core/evidence.js';
import type { DhcpMessage } from './dhcp-message.js';
import { printable, type Report } from './report.js';

/** The first may get lost and the second meet a server that wakes up; firmware itself gives up after four or five. */
const DISCOVERS_UNANSWERED = 3;

/** Follows a node's firmware asking for an address. */
export class DhcpWatch {
  readonly #report: Report;
  #transaction = -1;
  #unanswered = 0;
  /** The ROM asked without iPXE's user class: then the class alone tells a loaded iPXE apart. */
  #isRomPlain = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** @param hasLoaded whether a boot file has arrived in this boot */
  take(message: DhcpMessage, hasLoaded: boolean): void {
    if (message.isFromClient) this.#takeAsked(message, hasLoaded);
    else if (message.message === 'offer' && message.transaction === this.#transaction) this.#unanswered = 0;
  }

  #takeAsked(message: DhcpMessage, hasLoaded: boolean): void {
    if (!isFirmware(message)) return;
    const isIpxe = message.userClass.includes('iPXE');
    // QEMU's NIC ROM is an iPXE too and asks in the very same words: there only what it has loaded tells them apart.
    const stage: Stage = hasLoaded || (isIpxe && this.#isRomPlain) ? 'ipxe.dhcp' : 'pxe.dhcp';
    if (stage === 'pxe.dhcp' && !isIpxe) this.#isRomPlain = true;
    const asker = printable(isIpxe ? `${message.vendorClass} (iPXE)` : message.vendorClass);
    this.#report.reach(stage, `DHCP ${message.message} of ${asker}`);
    if (message.message === 'discover') this.#countDiscover(message.transaction, stage);
  }

  #countDiscover(transaction: number, stage: Stage): void {
    if (transaction !== this.#transaction) this.#unanswered = 0;
    this.#transaction = transaction;
    this.#unanswered++;
    if (this.#unanswered < DISCOVERS_UNANSWERED) return;
    this.#report.trouble({ code: 'BOOT-002', kind: 'dhcp.unanswered', stage });
  }
}

/** A PXE ROM or iPXE, not an operating system's client (PXE specification 2.1, section 2.2.1: "PXEClient:..."). */
export function isFirmware(message: DhcpMessage): boolean {
  const isAsking = message.message === 'discover' || message.message === 'request';
  return isAsking && message.vendorClass.startsWith('PXEClient');
}
