import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { PduConfig } from './config.js';
import { SnmpError, type ErrorStatusName, type UsmReport } from './failure.js';

/** What a request was for. */
export interface Purpose {
  readonly outlet: string;
  /** `asking`: what the PDU is, before any outlet. */
  readonly doing: 'asking' | 'reading' | 'switching';
}

/** Runs requests; what SNMP says of their failure comes out as a Fault of the PDU. */
export async function told<T>(config: PduConfig, purpose: Purpose, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    // Without its cause: the library's errors may hold passwords, and ours says all there is to say.
    if (thrown instanceof SnmpError) throw new FaultError(faultOfSnmp(config, purpose, thrown));
    throw thrown;
  }
}

function faultOfSnmp(config: PduConfig, purpose: Purpose, { failure }: SnmpError): Fault {
  const { name: pdu, address, port, access } = config;
  switch (failure.why) {
    case 'silence': {
      const { version } = access;
      return { code: 'PDU-001', kind: 'pdu.silent', pdu, address, port, version, waited_ms: failure.waited_ms };
    }
    case 'garbage':
      return { code: 'PDU-002', kind: 'pdu.garbage', pdu, address };
    case 'unsent':
      return { code: 'PDU-015', kind: 'pdu.unreachable', pdu, address, why: failure.text };
    case 'status':
      return statusFault(config, purpose, failure.status);
    case 'report':
      return reportFault(pdu, access.version === '3' ? access.user : '', failure.report);
    default:
      return failure;
  }
}

type Meaning = 'missing' | 'refused' | 'value' | 'failed';

const MEANING: Readonly<Record<ErrorStatusName, Meaning>> = {
  noError: 'failed',
  tooBig: 'failed',
  // Of version 1, which has no other word for a read-only community either: see `statusFault`.
  noSuchName: 'missing',
  badValue: 'value',
  readOnly: 'refused',
  genErr: 'failed',
  noAccess: 'refused',
  wrongType: 'value',
  wrongLength: 'value',
  wrongEncoding: 'value',
  wrongValue: 'value',
  noCreation: 'missing',
  inconsistentValue: 'value',
  resourceUnavailable: 'failed',
  commitFailed: 'failed',
  undoFailed: 'failed',
  authorizationError: 'refused',
  notWritable: 'refused',
  inconsistentName: 'missing',
};

/** An outlet is read before it is switched: one that could be read and then "is not there" may not be written. */
function statusFault(config: PduConfig, purpose: Purpose, status: ErrorStatusName): Fault {
  const { name: pdu, model } = config;
  const { outlet, doing } = purpose;
  const meaning = MEANING[status] === 'missing' && doing === 'switching' ? 'refused' : MEANING[status];
  switch (meaning) {
    case 'missing':
      return { code: 'PDU-003', kind: 'outlet.missing', pdu, outlet, model: model.name };
    case 'refused':
      return { code: 'PDU-004', kind: 'outlet.refused', pdu, outlet, status };
    case 'value':
      return { code: 'PDU-014', kind: 'value.refused', pdu, outlet, model: model.name, status };
    case 'failed':
      return { code: 'PDU-017', kind: 'pdu.failed', pdu, outlet, status };
    default:
      return meaning;
  }
}

function reportFault(pdu: string, user: string, report: UsmReport): Fault {
  switch (report) {
    case 'unknownUserNames':
      return { code: 'PDU-005', kind: 'user.unknown', pdu, user };
    case 'wrongDigests':
      return { code: 'PDU-006', kind: 'password.wrong', pdu, user, password: 'authentication' };
    case 'decryptionErrors':
      return { code: 'PDU-006', kind: 'password.wrong', pdu, user, password: 'privacy' };
    case 'notInTimeWindows':
      return { code: 'PDU-007', kind: 'time.outOfWindow', pdu };
    case 'unsupportedSecLevels':
      return { code: 'PDU-008', kind: 'security.unsupported', pdu, user };
    // Ours is the engine that was just discovered: whoever answers now is another one.
    case 'unknownEngineIDs':
      return { code: 'PDU-017', kind: 'pdu.failed', pdu, outlet: '', status: 'unknownEngineIDs' };
    default:
      return report;
  }
}
