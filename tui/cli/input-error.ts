import { says, type Fault } from '../../core/faults/fault.js';

/** Several faults of one input file, told together. */
export class InputError extends Error {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map(says).join('\n'));
    this.name = 'InputError';
    this.faults = faults;
  }
}
