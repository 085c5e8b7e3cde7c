/** SPC-4, section 4.5.6. */
export const SENSE_KEY = {
  none: 0x0,
  notReady: 0x2,
  mediumError: 0x3,
  hardwareError: 0x4,
  illegalRequest: 0x5,
  unitAttention: 0x6,
  dataProtect: 0x7,
  abortedCommand: 0xb,
  miscompare: 0xe,
} as const;

/** Why a command ended in CHECK CONDITION: sense key, then ASC and ASCQ as one number (SPC-4, annex F.2). */
export interface Sense {
  readonly key: number;
  readonly code: number;
  /** The INFORMATION field: for MISCOMPARE the offset of the first difference. */
  readonly information?: number;
  /** The field pointer: which byte of the CDB is meant. */
  readonly field?: number;
}

function sense(key: number, code: number): Sense {
  return { key, code };
}

export const SENSE = {
  none: sense(SENSE_KEY.none, 0x0000),
  notReadyStopped: sense(SENSE_KEY.notReady, 0x0402),
  noMedium: sense(SENSE_KEY.notReady, 0x3a00),
  writeError: sense(SENSE_KEY.mediumError, 0x0c00),
  readError: sense(SENSE_KEY.mediumError, 0x1100),
  internalFailure: sense(SENSE_KEY.hardwareError, 0x4400),
  parameterListLength: sense(SENSE_KEY.illegalRequest, 0x1a00),
  invalidOpcode: sense(SENSE_KEY.illegalRequest, 0x2000),
  outOfRange: sense(SENSE_KEY.illegalRequest, 0x2100),
  invalidFieldInCdb: sense(SENSE_KEY.illegalRequest, 0x2400),
  noSuchUnit: sense(SENSE_KEY.illegalRequest, 0x2500),
  invalidFieldInParameters: sense(SENSE_KEY.illegalRequest, 0x2600),
  invalidRelease: sense(SENSE_KEY.illegalRequest, 0x2604),
  savingNotSupported: sense(SENSE_KEY.illegalRequest, 0x3900),
  removalPrevented: sense(SENSE_KEY.illegalRequest, 0x5302),
  insufficientRegistrations: sense(SENSE_KEY.illegalRequest, 0x5504),
  writeProtected: sense(SENSE_KEY.dataProtect, 0x2700),
  spaceExhausted: sense(SENSE_KEY.dataProtect, 0x2707),
  dataPhaseCrc: sense(SENSE_KEY.abortedCommand, 0x4705),
  unexpectedData: sense(SENSE_KEY.abortedCommand, 0x0c0c),
  miscompare: sense(SENSE_KEY.miscompare, 0x1d00),
  reset: sense(SENSE_KEY.unitAttention, 0x2900),
  powerOn: sense(SENSE_KEY.unitAttention, 0x2901),
  busReset: sense(SENSE_KEY.unitAttention, 0x2902),
  deviceReset: sense(SENSE_KEY.unitAttention, 0x2903),
  modeChanged: sense(SENSE_KEY.unitAttention, 0x2a01),
  reservationsPreempted: sense(SENSE_KEY.unitAttention, 0x2a03),
  reservationsReleased: sense(SENSE_KEY.unitAttention, 0x2a04),
  registrationsPreempted: sense(SENSE_KEY.unitAttention, 0x2a05),
} as const satisfies Record<string, Sense>;

/** INVALID FIELD IN CDB, with the byte that is meant. */
export function invalidField(field: number): Sense {
  return { ...SENSE.invalidFieldInCdb, field };
}

/**
 * Sense data as an initiator reads it (SPC-4, section 4.5): fixed format, 18 bytes, or descriptor format where its
 * control mode page asks for that.
 */
export function encodeSense(what: Sense, isDescriptor: boolean): Buffer {
  return isDescriptor ? descriptorSense(what) : fixedSense(what);
}

function fixedSense(what: Sense): Buffer {
  const bytes = Buffer.alloc(18);
  bytes[0] = 0x70 | (what.information === undefined ? 0 : 0x80);
  bytes[2] = what.key;
  bytes.writeUInt32BE(what.information ?? 0, 3);
  bytes[7] = 10;
  bytes.writeUInt16BE(what.code, 12);
  if (what.field !== undefined) fieldPointer(what.field).copy(bytes, 15);
  return bytes;
}

function descriptorSense(what: Sense): Buffer {
  const descriptors: Buffer[] = [];
  if (what.information !== undefined) {
    // Information descriptor (SPC-4, section 4.5.2.2): type 0, 10 more bytes, VALID.
    const bytes = Buffer.from([0, 10, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.writeUInt32BE(what.information, 8);
    descriptors.push(bytes);
  }
  if (what.field !== undefined) {
    // Sense key specific descriptor (SPC-4, section 4.5.2.4): type 2, 6 more bytes.
    descriptors.push(Buffer.concat([Buffer.from([2, 6, 0, 0]), fieldPointer(what.field), Buffer.alloc(1)]));
  }
  const header = Buffer.alloc(8);
  header[0] = 0x72;
  header[1] = what.key;
  header.writeUInt16BE(what.code, 2);
  header[7] = descriptors.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([header, ...descriptors]);
}

/** SKSV and C/D, then the byte of the CDB (SPC-4, section 4.5.2.4.2). */
function fieldPointer(field: number): Buffer {
  return Buffer.from([0xc0, field >> 8, field & 0xff]);
}
