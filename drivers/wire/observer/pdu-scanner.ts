/** RFC 7143, section 11.2: basic header segment. */
const HEADER_BYTES = 48;
/** Data of one PDU that is kept: a login's text is at most this long unless more was negotiated (section 13.12). */
const MOST_DATA_BYTES = 8192;

/** The header of a PDU and, if wanted, its data segment. */
export interface Pdu {
  readonly opcode: number;
  readonly header: Buffer;
  readonly data: Buffer;
}

/**
 * Finds the PDUs in a byte stream cut anyhow: headers are not at segment starts. Data is kept only for the opcodes that
 * are wanted. Digests are not expected: they can only be in use once the login is over, and then for no one we follow.
 */
export class PduScanner {
  readonly #withData: readonly number[];
  readonly #onPdu: (pdu: Pdu) => void;
  #gathered: Buffer = Buffer.alloc(0);
  #skip_bytes = 0;

  constructor(withData: readonly number[], onPdu: (pdu: Pdu) => void) {
    this.#withData = withData;
    this.#onPdu = onPdu;
  }

  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const skipped = Math.min(this.#skip_bytes, rest.length);
      this.#skip_bytes -= skipped;
      rest = this.#gather(rest.subarray(skipped));
    }
  }

  /** Takes what the PDU at hand still lacks. @returns what lies behind it */
  #gather(bytes: Buffer): Buffer {
    const wanted = this.#wanted();
    const taken = bytes.subarray(0, wanted - this.#gathered.length);
    this.#gathered = Buffer.concat([this.#gathered, taken]);
    if (this.#gathered.length === wanted && this.#wanted() === wanted) this.#finish();
    return bytes.subarray(taken.length);
  }

  /** How long the part worth keeping is, as far as it is known by now. */
  #wanted(): number {
    if (this.#gathered.length < HEADER_BYTES || !this.#withData.includes(opcodeOf(this.#gathered))) return HEADER_BYTES;
    return HEADER_BYTES + additionalBytes(this.#gathered) + Math.min(dataBytes(this.#gathered), MOST_DATA_BYTES);
  }

  #finish(): void {
    const gathered = this.#gathered;
    this.#gathered = Buffer.alloc(0);
    const data_bytes = dataBytes(gathered);
    const dataAt = HEADER_BYTES + additionalBytes(gathered);
    // Data is padded to words of four bytes (RFC 7143, section 11.1).
    this.#skip_bytes = dataAt + data_bytes + ((4 - (data_bytes % 4)) % 4) - gathered.length;
    const header = gathered.subarray(0, HEADER_BYTES);
    this.#onPdu({ opcode: opcodeOf(gathered), header, data: gathered.subarray(dataAt, dataAt + data_bytes) });
  }
}

function opcodeOf(header: Buffer): number {
  return header.readUInt8(0) & 0x3f;
}

function additionalBytes(header: Buffer): number {
  return header.readUInt8(4) * 4;
}

function dataBytes(header: Buffer): number {
  return header.readUIntBE(5, 3);
}
