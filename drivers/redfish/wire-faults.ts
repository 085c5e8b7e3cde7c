import { FaultError } from '../../core/faults/fault.js';

/** What OpenSSL and Node say of a certificate that they do not trust (Node, "X509 certificate error codes"). */
const TRUST: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the BMC has signed it itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is unknown here',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is unknown here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is unknown here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is unknown here',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CERT_UNTRUSTED: 'its CA is unknown here',
  INVALID_CA: 'its CA is none',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
};

const NAMES: readonly string[] = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NONAME'];

/** What Node says about a connection, as a Fault. A wrong key or a bug has no code, and is thrown as it is. */
export function faultOfError(error: unknown, bmc: string, path: string): Error {
  const code = codeOf(error);
  if (code === null) return error instanceof Error ? error : new Error('somebody threw what is no error');
  const why = TRUST[code];
  if (why !== undefined) return new FaultError({ code: 'RDF-005', kind: 'redfish.notTrusted', bmc, why }, error);
  if (NAMES.includes(code)) return new FaultError({ code: 'RDF-001', kind: 'redfish.nameUnknown', bmc }, error);
  if (code === 'ECONNREFUSED') return new FaultError({ code: 'RDF-002', kind: 'redfish.nobodyListens', bmc }, error);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('HPE_')) {
    const what = code.startsWith('HPE_') ? 'it does not speak HTTP' : 'it does not speak TLS';
    return new FaultError({ code: 'RDF-009', kind: 'redfish.notRedfish', bmc, path, what }, error);
  }
  return new FaultError({ code: 'RDF-003', kind: 'redfish.unreachable', bmc, why: code }, error);
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A name with several addresses fails with all of their errors (RFC 8305).
  return error instanceof AggregateError ? codeOf(error.errors[0]) : null;
}
