import { RequestFailedError, ResponseInvalidCode, ResponseInvalidError } from 'net-snmp';
import { ERROR_STATUS, type SnmpFailure } from './failure.js';

/** The library's number for an answer whose time is not near the one that it keeps of the agent. */
const NOT_IN_TIME_WINDOW = 14;

/** An error of the library's as a failure of ours; by number, never by text. */
export function failureOf(error: Error): SnmpFailure {
  if (error instanceof RequestFailedError) {
    return { why: 'status', status: ERROR_STATUS[error.status] ?? 'genErr' };
  }
  if (error instanceof ResponseInvalidError) return invalid(error.code);
  // Of the socket: a name that does not resolve, no route, no permission to broadcast.
  if ('code' in error && typeof error.code === 'string') return { why: 'unsent', text: error.code };
  return { why: 'garbage' };
}

function invalid(code: number): SnmpFailure {
  if (code === NOT_IN_TIME_WINDOW) return { why: 'report', report: 'notInTimeWindows' };
  if (code === ResponseInvalidCode.EAuthFailure) return { why: 'report', report: 'wrongDigests' };
  if (code === ResponseInvalidCode.ECouldNotDecrypt) return { why: 'report', report: 'decryptionErrors' };
  return { why: 'garbage' };
}
