const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;
const RESIDUAL_COUNT_OFFSET = 44;

/**
 * Residual count and flags of a SCSI Response or a Data-In with status (RFC 7143, section 11.4.5).
 * @param residual what the command would have moved, less what the initiator announced
 */
export function writeResidual(header: Buffer, residual: number): void {
  if (residual === 0) return;
  header[1] = (header[1] ?? 0) | (residual > 0 ? OVERFLOW : UNDERFLOW);
  header.writeUInt32BE(Math.min(Math.abs(residual), 0xffffffff), RESIDUAL_COUNT_OFFSET);
}
