import * as z from 'zod';
import { remedy, says, type Fault } from '../faults/fault.js';

/** A fault as somebody else told it. */
export const toldFault = z
  .looseObject({ code: z.string(), kind: z.string() })
  .describe('one of docs/generated/faults.md')
  .transform((value) => faultFrom(value));

/** Another release may have some that this one can't put into words. */
function faultFrom(value: { readonly code: string; readonly kind: string }): Fault {
  // Whether it is one is found out by trying: its row has to find all its facts.
  const fault = value as Fault;
  try {
    return `${says(fault)}${remedy(fault)}` === '' ? unknown(value.code) : fault;
  } catch {
    return unknown(`fault ${value.code.slice(0, 16)} (${value.kind.slice(0, 64)}) is of another release`);
  }
}

function unknown(what: string): Fault {
  return { code: 'BUS-001', kind: 'message.bad', what };
}
