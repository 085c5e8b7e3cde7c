import type { BmcFault, ByCause } from '../../core/faults/bmc.js';
import { FaultError, faultOf, says, type Fault, type FaultCode } from '../../core/faults/fault.js';

type Make = (facts: ByCause) => BmcFault;
const silent: Make = (facts) => ({ code: 'BMC-001', kind: 'bmc.silent', ...facts });
const loginRefused: Make = (facts) => ({ code: 'BMC-002', kind: 'bmc.loginRefused', ...facts });
const powerUnmoved: Make = (facts) => ({ code: 'BMC-003', kind: 'bmc.powerUnmoved', ...facts });
const bootDeviceUnkept: Make = (facts) => ({ code: 'BMC-004', kind: 'bmc.bootDeviceUnkept', ...facts });
const openToAll: Make = (facts) => ({ code: 'BMC-005', kind: 'bmc.openToAll', ...facts });
const refused: Make = (facts) => ({ code: 'BMC-006', kind: 'bmc.refused', ...facts });
const alien: Make = (facts) => ({ code: 'BMC-007', kind: 'bmc.alien', ...facts });
const noConsole: Make = (facts) => ({ code: 'BMC-008', kind: 'bmc.noConsole', ...facts });

/** What a driver's fault means for the node, whichever protocol its BMC speaks. */
const MEANING: Readonly<Partial<Record<FaultCode, Make>>> = {
  'IPM-001': silent,
  'IPM-002': loginRefused,
  'IPM-003': loginRefused,
  'IPM-004': refused,
  'IPM-005': refused,
  'IPM-006': refused,
  'IPM-007': refused,
  'IPM-008': silent,
  'IPM-009': alien,
  'IPM-010': alien,
  'IPM-012': silent,
  'IPM-013': refused,
  'IPM-014': powerUnmoved,
  'IPM-016': bootDeviceUnkept,
  'IPM-018': openToAll,
  'IPM-019': openToAll,
  'CON-001': noConsole,
  'RDF-001': silent,
  'RDF-002': silent,
  'RDF-003': silent,
  'RDF-004': silent,
  'RDF-006': loginRefused,
  'RDF-007': refused,
  'RDF-008': alien,
  'RDF-009': alien,
  'RDF-010': refused,
  'RDF-013': powerUnmoved,
  'RDF-014': bootDeviceUnkept,
  'RDF-016': refused,
  'RDF-018': openToAll,
};

/** Null for a fault that says nothing of a BMC. */
export function meaningOf(node: string, fault: Fault): BmcFault | null {
  return MEANING[fault.code]?.({ node, because: `${fault.code} ${says(fault)}` }) ?? null;
}

/** For machines and reports: a driver's fault comes out as what it means; all else as it is. */
export async function meant<T>(node: string, act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (thrown) {
    const fault = faultOf(thrown);
    const meaning = fault === null ? null : meaningOf(node, fault);
    throw meaning === null ? thrown : new FaultError(meaning, thrown);
  }
}
