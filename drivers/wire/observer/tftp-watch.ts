import { printable, type Report } from './report.js';

/** RFC 1350, section 5; OACK is RFC 2347's. */
const OPCODE = { read: 1, data: 3, acknowledgement: 4, error: 5, optionAcknowledgement: 6 } as const;
/** RFC 1350, section 5, error codes that say that the file can't be had: undefined, not found, access violation. */
const FILE_ERRORS: readonly number[] = [0, 1, 2];
const DEFAULT_BLOCK_BYTES = 512;

interface Transfer {
  readonly file: string;
  /** The node's port, its transfer identifier. */
  readonly port: number;
  block_bytes: number;
  /** Number of the short block that ends the file; -1 until it was sent. */
  lastBlock: number;
}

/** Follows the files that a node's firmware reads by TFTP. */
export class TftpWatch {
  readonly #report: Report;
  #transfer: Transfer | null = null;
  #hasLoaded = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** True once a file has arrived whole in this boot: what runs from then on is no longer the ROM. */
  get hasLoaded(): boolean {
    return this.#hasLoaded;
  }

  /** The node's port of the transfer under way; null when there is none. */
  get port(): number | null {
    return this.#transfer?.port ?? null;
  }

  /** A datagram from the node to port 69. */
  takeRequest(port: number, payload: Buffer): void {
    if (payload.length < 4 || payload.readUInt16BE(0) !== OPCODE.read) return;
    const end = payload.indexOf(0, 2);
    if (end === -1) return;
    const file = printable(payload.toString('latin1', 2, end));
    this.#transfer = { file, port, block_bytes: DEFAULT_BLOCK_BYTES, lastBlock: -1 };
    if (!this.#hasLoaded) this.#report.reach('pxe.tftp', `TFTP read of ${file}`);
  }

  /** A datagram of the transfer, from the node. */
  takeAnswer(payload: Buffer): void {
    if (this.#transfer === null || payload.length < 4) return;
    const opcode = payload.readUInt16BE(0);
    if (opcode === OPCODE.acknowledgement && payload.readUInt16BE(2) === this.#transfer.lastBlock) {
      this.#hasLoaded = true;
      this.#transfer = null;
    } else if (opcode === OPCODE.error) this.#transfer = null;
  }

  /** A datagram of the transfer, to the node. */
  takeData(payload: Buffer): void {
    const transfer = this.#transfer;
    if (transfer === null || payload.length < 4) return;
    const number = payload.readUInt16BE(2);
    switch (payload.readUInt16BE(0)) {
      case OPCODE.data:
        if (payload.length - 4 < transfer.block_bytes) transfer.lastBlock = number;
        break;
      case OPCODE.optionAcknowledgement:
        transfer.block_bytes = blockSize(payload) ?? transfer.block_bytes;
        break;
      case OPCODE.error:
        this.#transfer = null;
        if (!FILE_ERRORS.includes(number)) break;
        this.#report.trouble({ code: 'BOOT-003', kind: 'bootFile.missing', file: transfer.file });
    }
  }
}

/** The blksize of an OACK (RFC 2348), null where it has none. */
function blockSize(payload: Buffer): number | null {
  const words = payload.toString('latin1', 2).toLowerCase().split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word === 'blksize');
  const size = Number(words[at + 1]);
  return at !== -1 && Number.isInteger(size) && size > 0 ? size : null;
}
