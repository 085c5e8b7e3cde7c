/** The error statuses of SNMP by number. @see RFC 3416, section 3 */
export const ERROR_STATUS = [
  'noError',
  'tooBig',
  'noSuchName',
  'badValue',
  'readOnly',
  'genErr',
  'noAccess',
  'wrongType',
  'wrongLength',
  'wrongEncoding',
  'wrongValue',
  'noCreation',
  'inconsistentValue',
  'resourceUnavailable',
  'commitFailed',
  'undoFailed',
  'authorizationError',
  'notWritable',
  'inconsistentName',
] as const;
export type ErrorStatusName = (typeof ERROR_STATUS)[number];

/** The counters by which an agent says what it dislikes of a version 3 message. @see RFC 3414, section 5 */
export const USM_REPORTS = {
  '1': 'unsupportedSecLevels',
  '2': 'notInTimeWindows',
  '3': 'unknownUserNames',
  '4': 'unknownEngineIDs',
  '5': 'wrongDigests',
  '6': 'decryptionErrors',
} as const;
export type UsmReport = (typeof USM_REPORTS)[keyof typeof USM_REPORTS];

/** Why a request had no result, before it is known what it was for. */
export type SnmpFailure =
  | { readonly why: 'silence'; readonly waited_ms: number }
  | { readonly why: 'garbage' }
  | { readonly why: 'unsent'; readonly text: string }
  | { readonly why: 'status'; readonly status: ErrorStatusName }
  | { readonly why: 'report'; readonly report: UsmReport };

/** The library's own errors are left behind: some hold the user with its passwords. */
export class SnmpError extends Error {
  readonly failure: SnmpFailure;
  constructor(failure: SnmpFailure) {
    super(`SNMP: ${failure.why}`);
    this.name = 'SnmpError';
    this.failure = failure;
  }
}
