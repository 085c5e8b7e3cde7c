import { FaultError } from '../../core/faults/fault.js';
import type { PowerState } from '../../core/ports/power.js';
import type { PduConfig } from './config.js';
import { told } from './faults.js';
import { indexOf } from './models/model.js';
import { SYS_OBJECT_ID, type SnmpSession } from './session.js';

/** An outlet's state as the PDU gives it: a number, and what that means. `between`: on its way to the other one. */
export interface Seen {
  readonly means: PowerState | 'between' | 'trouble';
  readonly value: number;
}

/** @throws FaultError PDU-018 */
export function indexIn({ name, model }: PduConfig, outlet: string): string {
  const index = indexOf(model, outlet);
  if (index !== null) return index;
  throw new FaultError({ code: 'PDU-018', kind: 'outlet.badName', pdu: name, outlet });
}

/** @throws FaultError PDU-009 when what answers is of another family */
export async function requireModel(config: PduConfig, session: SnmpSession, outlet: string): Promise<void> {
  const { name, model } = config;
  if (model.systems.length === 0) return;
  const system = await told(config, { outlet, doing: 'asking' }, async () => {
    const [said] = await session.get([SYS_OBJECT_ID]);
    return typeof said === 'string' ? said : null;
  });
  if (model.systems.some((known) => system === known || system?.startsWith(`${known}.`) === true)) return;
  throw new FaultError({ code: 'PDU-009', kind: 'model.mismatch', pdu: name, model: model.name, sysObjectId: system });
}

/** @throws FaultError PDU-003 when there is no such outlet, and what keeps it from being read */
export async function readOutlet(config: PduConfig, session: SnmpSession, outlet: string): Promise<Seen> {
  const { name, model } = config;
  const { column, on, off, between } = model.state;
  const oid = `${column}.${indexIn(config, outlet)}`;
  const [value] = await told(config, { outlet, doing: 'reading' }, () => session.get([oid]));
  // No such instance is an answer without an error in it (RFC 3416, 4.2.1).
  if (typeof value !== 'number') {
    throw new FaultError({ code: 'PDU-003', kind: 'outlet.missing', pdu: name, outlet, model: model.name });
  }
  if (value === on) return { means: 'on', value };
  if (value === off) return { means: 'off', value };
  return { means: between.includes(value) ? 'between' : 'trouble', value };
}

/** Gives the order. Whether it had any effect is another question. */
export async function orderOutlet(
  config: PduConfig,
  session: SnmpSession,
  { outlet, want }: { readonly outlet: string; readonly want: PowerState },
): Promise<void> {
  const { command } = config.model;
  const oid = `${command.column}.${indexIn(config, outlet)}`;
  await told(config, { outlet, doing: 'switching' }, () => session.set(oid, command[want]));
}
