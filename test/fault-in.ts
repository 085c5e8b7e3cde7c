import { faultOf, type Fault } from '../core/faults/fault.js';

/** The Fault that a promise is rejected with; a promise that is kept, or a bug, is an error of the test. */
export async function faultIn(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault !== null) return fault;
    throw thrown;
  }
  throw new Error('it was to fail, and did not');
}
