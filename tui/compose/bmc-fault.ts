import { faultOf, FaultError, says, type Fault, type FaultCode } from '../../core/faults/fault.js';
import type { BmcFault } from '../../core/faults/bmc.js';
import type { NodeId } from '../../core/ids.js';

type Kind = Extract<BmcFault, { readonly because: string }>['kind'];
const CODES = {
  'bmc.silent': 'BMC-001',
  'bmc.loginRefused': 'BMC-002',
  'bmc.powerUnmoved': 'BMC-003',
  'bmc.bootDeviceUnkept': 'BMC-004',
  'bmc.openToAll': 'BMC-005',
  'bmc.refused': 'BMC-006',
  'bmc.alien': 'BMC-007',
} as const satisfies Readonly<Record<Kind, FaultCode>>;

/** What a driver's own fault is, whichever protocol its BMC speaks. */
const KINDS: Readonly<Partial<Record<FaultCode, Kind>>> = {
  'IPM-001': 'bmc.silent',
  'IPM-002': 'bmc.loginRefused',
  'IPM-003': 'bmc.loginRefused',
  'IPM-006': 'bmc.refused',
  'IPM-007': 'bmc.refused',
  'IPM-009': 'bmc.alien',
  'IPM-013': 'bmc.refused',
  'IPM-014': 'bmc.powerUnmoved',
  'IPM-016': 'bmc.bootDeviceUnkept',
  'IPM-018': 'bmc.openToAll',
  'IPM-019': 'bmc.openToAll',
  'RDF-002': 'bmc.silent',
  'RDF-003': 'bmc.silent',
  'RDF-004': 'bmc.silent',
  'RDF-006': 'bmc.loginRefused',
  'RDF-007': 'bmc.refused',
  'RDF-009': 'bmc.alien',
  'RDF-010': 'bmc.refused',
  'RDF-013': 'bmc.powerUnmoved',
  'RDF-014': 'bmc.bootDeviceUnkept',
  'RDF-018': 'bmc.openToAll',
};

/** The fault of a node's BMC, told as machines and scenarios know it; any other stays as it is. */
export function asBmcFault(node: NodeId, fault: Fault): Fault {
  const kind = KINDS[fault.code];
  if (kind === undefined) return fault;
  const because = `${fault.code} ${says(fault)}`;
  // Code and kind are of one row: the compiler cannot follow that through the table.
  return { code: CODES[kind], kind, node, because } as BmcFault;
}

/** Does it, and throws the faults of a BMC as such. */
export async function toldAsBmc<T>(node: NodeId, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    throw new FaultError(asBmcFault(node, fault), thrown);
  }
}
