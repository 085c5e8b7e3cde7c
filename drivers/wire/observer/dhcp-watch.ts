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
  /** The transaction in which what the ROM had loaded got its address. */
  #servedLoaded: number | null = null;
  /** The ROM asked without iPXE's user class: then the class alone tells a loaded iPXE apart. */
  #isRomPlain = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /**
   * A DISCOVER that can't belong to this boot any more: the firmware runs again, and nobody has told us. What was
   * loaded asks once for its address; whoever asks in another transaction afterwards, or without iPXE's user class,
   * is the ROM.
   */
  startsAnew(message: DhcpMessage): boolean {
    if (message.message !== 'discover' || !isFirmware(message)) return false;
    if (this.#report.hasReached('iscsi.boot') || this.#report.hasReached('ipxe.script')) return true;
    if (!this.#report.hasReached('ipxe.dhcp')) return false;
    const isServed = this.#servedLoaded !== null && this.#servedLoaded !== message.transaction;
    return isServed || (this.#isRomPlain && !isIpxe(message));
  }

  /** @param hasLoaded whether a boot file has arrived in this boot */
  take(message: DhcpMessage, hasLoaded: boolean): void {
    if (message.isFromClient) this.#takeAsked(message, hasLoaded);
    else if (message.transaction === this.#transaction) this.#takeAnswer(message);
  }

  #takeAnswer(message: DhcpMessage): void {
    if (message.message === 'offer') this.#unanswered = 0;
    if (message.message === 'ack' && this.#report.hasReached('ipxe.dhcp')) this.#servedLoaded = message.transaction;
  }

  #takeAsked(message: DhcpMessage, hasLoaded: boolean): void {
    if (!isFirmware(message)) return;
    // QEMU's NIC ROM is an iPXE too and asks in the very same words: there only what it has loaded tells them apart.
    const stage: Stage = hasLoaded || (isIpxe(message) && this.#isRomPlain) ? 'ipxe.dhcp' : 'pxe.dhcp';
    if (stage === 'pxe.dhcp' && !isIpxe(message)) this.#isRomPlain = true;
    const asker = printable(isIpxe(message) ? `${message.vendorClass} (iPXE)` : message.vendorClass);
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
function isFirmware(message: DhcpMessage): boolean {
  const isAsking = message.message === 'discover' || message.message === 'request';
  return isAsking && message.vendorClass.startsWith('PXEClient');
}

/** iPXE sends its user class bare, not as RFC 3004's list. */
function isIpxe(message: DhcpMessage): boolean {
  return message.userClass.includes('iPXE');
}
