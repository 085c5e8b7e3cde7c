import { faultOf, type FaultCode } from '../../core/faults/fault.js';

/** That a port is not to be had. */
const TAKEN: ReadonlySet<FaultCode> = new Set(['EBM-004', 'RDF-020', 'PDU-016']);

/** Opens it where others know it to be; at a free port where there is none such, or it is taken by now. */
export async function atKnownPort<T>(known: number | undefined, open: (port: number) => Promise<T>): Promise<T> {
  if (known === undefined) return open(0);
  try {
    return await open(known);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null || !TAKEN.has(fault.code)) throw thrown;
    return open(0);
  }
}
