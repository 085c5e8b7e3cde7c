import type { BlockStore } from '../../../../core/ports/block-store.js';
import type { ByteStream } from '../../../../drivers/wire/byte-stream.js';
import { isFinal, newHeader, OPCODE, opcodeOf } from '../../../../drivers/wire/services/iscsi/pdu.js';
import { PduReader } from '../../../../drivers/wire/services/iscsi/pdu-reader.js';
import { PduWriter } from '../../../../drivers/wire/services/iscsi/pdu-writer.js';
import { serveIscsi } from '../../../../drivers/wire/services/iscsi/serve-iscsi.js';
import type { IscsiEvent } from '../../../../drivers/wire/services/iscsi/events.js';
import { TargetSet } from '../../../../drivers/wire/services/iscsi/target.js';
import type { TargetConfig } from '../../../../drivers/wire/services/iscsi/target-config.js';
import { encodeText, parseText } from '../../../../drivers/wire/services/iscsi/text.js';

export const IQN = 'iqn.2026-01.example:disk';
export const INITIATOR = 'iqn.2026-01.example:node:root1';
export const LUN = 1;
export const BLOCKS = 2048;

/** A disk in memory. */
export function memoryStore(blocks: number): BlockStore & { readonly bytes: Buffer } {
  const bytes = Buffer.alloc(blocks * 512);
  return {
    bytes,
    size_bytes: bytes.length,
    block_bytes: 512,
    isReadOnly: false,
    serial: 'memory',
    read: (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
    write: (offset, data) => bytes.set(data, offset),
    flush: () => undefined,
    close: () => undefined,
  };
}

/** One target with one disk; what happens goes to `events`. */
export function targetsOver(
  store = memoryStore(BLOCKS),
  more: Partial<TargetConfig> = {},
  events: IscsiEvent[] = [],
): TargetSet {
  const observe = (event: IscsiEvent): void => void events.push(event);
  return new TargetSet([{ iqn: IQN, luns: [{ number: LUN, store }], ...more }], { observe });
}

/** The target's end of a connection in memory. What it writes is kept until the test takes it. */
export class MemoryStream implements ByteStream {
  readonly remote;
  readonly local = { address: '10.99.0.1', port: 3260 };
  /** Says "stop" once so many bytes wait. */
  mark_bytes = Number.POSITIVE_INFINITY;
  isPaused = false;
  isEnded = false;
  isAborted = false;
  most_bytes = 0;
  #waiting: Buffer[] = [];
  #waiting_bytes = 0;
  #data: (bytes: Buffer) => void = () => undefined;
  #drain: () => void = () => undefined;
  #end: () => void = () => undefined;
  #close: () => void = () => undefined;

  constructor(address = '10.99.0.101') {
    this.remote = { address, port: 1024 };
  }

  write(bytes: Buffer): boolean {
    this.#waiting.push(bytes);
    this.#waiting_bytes += bytes.length;
    this.most_bytes = Math.max(this.most_bytes, this.#waiting_bytes);
    return this.#waiting_bytes < this.mark_bytes;
  }
  cork(): void {}
  uncork(): void {}
  end(): void {
    this.isEnded = true;
  }
  abort(): void {
    this.isAborted = true;
    this.#close();
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  onData(listener: (bytes: Buffer) => void): void {
    this.#data = listener;
  }
  onDrain(listener: () => void): void {
    this.#drain = listener;
  }
  onEnd(listener: () => void): void {
    this.#end = listener;
  }
  onClose(listener: () => void): void {
    this.#close = listener;
  }

  /** As a stream does: the chunk is overwritten when the handler has returned. */
  deliver(bytes: Buffer): void {
    const chunk = Buffer.from(bytes);
    this.#data(chunk);
    chunk.fill(0xee);
  }
  take(): Buffer {
    const taken = Buffer.concat(this.#waiting);
    const wasFull = this.#waiting_bytes >= this.mark_bytes;
    this.#waiting = [];
    this.#waiting_bytes = 0;
    if (wasFull) this.#drain();
    return taken;
  }
  hangUp(): void {
    this.#end();
    this.#close();
  }
}

export interface SeenPdu {
  readonly opcode: number;
  readonly header: Buffer;
  readonly data: Buffer;
}

export interface CommandResult {
  readonly status: number;
  /** Sense key, then ASC and ASCQ, as `5/2000`; empty without sense data. */
  readonly sense: string;
  readonly data: Buffer;
  /** Overflow above 0, underflow below. */
  readonly residual: number;
}

/** A small initiator that does just what a test tells it. */
export class TestInitiator {
  readonly stream: MemoryStream;
  commandNumber = 1;
  readonly #reader: PduReader;
  readonly #writer: PduWriter;
  #seen: SeenPdu[] = [];
  #outgoing: Buffer[] = [];
  #tag = 0;

  constructor(targets: TargetSet, stream = new MemoryStream()) {
    this.stream = stream;
    serveIscsi(stream, targets);
    const keep = ({ header, data }: { header: Buffer; data: Buffer }): boolean => {
      this.#seen.push({ opcode: opcodeOf(header), header: Buffer.from(header), data: Buffer.from(data) });
      return true;
    };
    this.#reader = new PduReader(0xffffff, {
      pdu: keep,
      dataDigestError: () => {
        throw new Error('a data digest of the target is wrong');
      },
      problem: (problem) => {
        throw new Error(`what the target sent cannot be read: ${problem}`);
      },
    });
    const collect = new MemoryStream();
    collect.write = (bytes) => this.#outgoing.push(bytes) > 0;
    this.#writer = new PduWriter(collect);
  }

  /** The bytes of a PDU as this initiator would send it. */
  encode(header: Buffer, data: Buffer | null): Buffer {
    this.#writer.write(header, data);
    const bytes = Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    return bytes;
  }

  send(header: Buffer, data: Buffer | null = null): readonly SeenPdu[] {
    this.stream.deliver(this.encode(header, data));
    return this.receive();
  }

  /** Everything that the target has to say, drained as often as it takes. */
  receive(): readonly SeenPdu[] {
    for (let bytes = this.stream.take(); bytes.length > 0; bytes = this.stream.take()) this.#reader.push(bytes);
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  nextTag(): number {
    return ++this.#tag;
  }

  /** One Login Request. @returns the response's status, flags and keys */
  loginStep(flags: number, keys: readonly (readonly [string, string])[], handle = 0): LoginStep {
    const header = newHeader(OPCODE.login | 0x40, flags);
    Buffer.from('80123d000001', 'hex').copy(header, 8);
    header.writeUInt16BE(handle, 14);
    header.writeUInt32BE(this.nextTag(), 16);
    header.writeUInt32BE(this.commandNumber, 24);
    const [response] = this.send(header, encodeText(keys));
    if (response === undefined) return { status: -1, flags: 0, keys: new Map(), handle: 0 };
    return {
      status: response.header.readUInt16BE(36),
      flags: response.header[1] ?? 0,
      keys: parseText(response.data) ?? new Map(),
      handle: response.header.readUInt16BE(14),
    };
  }

  /** A whole login in one request. */
  login(keys: Readonly<Record<string, string>> = {}, identity: Readonly<Record<string, string>> = {}): LoginStep {
    const who = { InitiatorName: INITIATOR, TargetName: IQN, SessionType: 'Normal', ...identity };
    const step = this.loginStep(0x87, [...Object.entries(who), ...Object.entries(keys)]);
    const digests = {
      header: step.keys.get('HeaderDigest') === 'CRC32C',
      data: step.keys.get('DataDigest') === 'CRC32C',
    };
    this.#reader.digests = digests;
    this.#writer.digests = digests;
    return step;
  }

  header(opcode: number, flags: number): Buffer {
    const header = newHeader(opcode, flags);
    header.writeUInt32BE(this.nextTag(), 16);
    header.writeUInt32BE(this.commandNumber++, 24);
    return header;
  }

  commandHeader(cdb: readonly number[], flags: number, expected_bytes: number): Buffer {
    const header = this.header(OPCODE.scsiCommand, flags);
    header[9] = LUN;
    header.writeUInt32BE(expected_bytes, 20);
    Buffer.from(cdb).copy(header, 32);
    return header;
  }

  /** A command without data to the target. */
  command(cdb: readonly number[], expected_bytes = 0): CommandResult {
    return resultOf(this.send(this.commandHeader(cdb, 0x80 | (expected_bytes > 0 ? 0x40 : 0), expected_bytes)));
  }
}

export interface LoginStep {
  readonly status: number;
  readonly flags: number;
  readonly keys: ReadonlyMap<string, string>;
  readonly handle: number;
}

/** Puts Data-In together by its offsets, and finds the status wherever it came. */
export function resultOf(pdus: readonly SeenPdu[]): CommandResult {
  const parts = pdus.filter(({ opcode }) => opcode === OPCODE.dataIn);
  const end = Math.max(0, ...parts.map(({ header, data }) => header.readUInt32BE(40) + data.length));
  const data = Buffer.alloc(end);
  parts.forEach((part, index) => {
    if (part.header.readUInt32BE(36) !== index) throw new Error('a DataSN is out of order');
    part.data.copy(data, part.header.readUInt32BE(40));
  });
  const response = pdus.find(({ opcode }) => opcode === OPCODE.scsiResponse) ?? parts.at(-1);
  if (response === undefined || !isFinal(response.header)) return { status: -1, sense: '', data, residual: 0 };
  const flags = response.header[1] ?? 0;
  const count = response.header.readUInt32BE(44);
  const isSense = response.opcode === OPCODE.scsiResponse && response.data.length > 2;
  return {
    status: response.header[3] ?? 0,
    sense: isSense ? `${((response.data[4] ?? 0) & 15).toString(16)}/${response.data.toString('hex', 14, 16)}` : '',
    data,
    residual: (flags & 4) !== 0 ? count : (flags & 2) !== 0 ? -count : 0,
  };
}
