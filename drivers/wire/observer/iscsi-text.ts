import { readLogin, readLoginAnswer } from './login.js';

/** Basic header segment (RFC 7143, section 11.2.1). */
const HEADER_BYTES = 48;

const OPCODE = {
  nopOut: 0x00,
  command: 0x01,
  loginRequest: 0x03,
  textRequest: 0x04,
  logoutRequest: 0x06,
  nopIn: 0x20,
  response: 0x21,
  loginResponse: 0x23,
  textResponse: 0x24,
  dataIn: 0x25,
  logoutResponse: 0x26,
} as const;

/** SPC-4 and SBC-3: those that a boot sees. */
const COMMANDS: Readonly<Record<number, string>> = {
  0x00: 'TEST UNIT READY',
  0x12: 'INQUIRY',
  0x1a: 'MODE SENSE(6)',
  0x25: 'READ CAPACITY(10)',
  0x28: 'READ(10)',
  0x2a: 'WRITE(10)',
  0x35: 'SYNCHRONIZE CACHE(10)',
  0x88: 'READ(16)',
  0x8a: 'WRITE(16)',
  0x9e: 'SERVICE ACTION IN(16)',
  0xa0: 'REPORT LUNS',
};

/**
 * What a segment of an iSCSI connection holds. A stream is cut anyhow, so it is named only where the segment is one
 * whole PDU from its first byte to its last; else its bytes are counted.
 */
export function iscsiText(payload: Buffer, isFromInitiator: boolean): string {
  const pieces = `${payload.length} bytes of the stream`;
  if (payload.length < HEADER_BYTES) return pieces;
  const data_bytes = payload.readUIntBE(5, 3);
  const additional_bytes = (payload[4] ?? 0) * 4;
  const whole_bytes = HEADER_BYTES + additional_bytes + ((data_bytes + 3) & ~3);
  if (whole_bytes !== payload.length) return pieces;
  const header = payload.subarray(0, HEADER_BYTES);
  const data = payload.subarray(HEADER_BYTES + additional_bytes, HEADER_BYTES + additional_bytes + data_bytes);
  const text = isFromInitiator ? fromInitiator(header, data) : fromTarget(header, data_bytes);
  return text ?? pieces;
}

function fromInitiator(header: Buffer, data: Buffer): string | null {
  switch ((header[0] ?? 0) & 0x3f) {
    case OPCODE.loginRequest: {
      const { initiator, target, isDiscovery, identity } = readLogin(header, data);
      return `login of ${initiator} to ${isDiscovery ? 'discover' : target}, ${identity.name}`;
    }
    case OPCODE.command:
      return commandText(header);
    case OPCODE.textRequest:
      return 'text request';
    case OPCODE.logoutRequest:
      return 'logout';
    case OPCODE.nopOut:
      return 'ping';
    default:
      return null;
  }
}

/** The command descriptor block begins at byte 32 (RFC 7143, section 11.3). */
function commandText(header: Buffer): string {
  const operation = header[32] ?? 0;
  const name = COMMANDS[operation] ?? `SCSI command 0x${operation.toString(16).padStart(2, '0')}`;
  if (operation === 0x28 || operation === 0x2a) {
    return `${name}, ${header.readUInt16BE(39)} blocks at ${header.readUInt32BE(34)}`;
  }
  if (operation === 0x88 || operation === 0x8a) {
    return `${name}, ${header.readUInt32BE(42)} blocks at ${header.readBigUInt64BE(34)}`;
  }
  return name;
}

function fromTarget(header: Buffer, data_bytes: number): string | null {
  switch ((header[0] ?? 0) & 0x3f) {
    case OPCODE.loginResponse: {
      const answer = readLoginAnswer(header);
      if (answer.state === 'refused') return `login refused: ${answer.status}`;
      return answer.state === 'over' ? 'login granted' : 'login goes on';
    }
    case OPCODE.response:
      return `SCSI status ${header[3] ?? 0}`;
    case OPCODE.dataIn:
      return `data in, ${data_bytes} bytes`;
    case OPCODE.textResponse:
      return 'text response';
    case OPCODE.logoutResponse:
      return 'logged out';
    case OPCODE.nopIn:
      return 'pong';
    default:
      return null;
  }
}
