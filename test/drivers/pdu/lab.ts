import type { Clock } from '../../../core/clock.js';
import { nodeId } from '../../../core/ids.js';
import type { PowerState } from '../../../core/ports/power.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import type { PduAccess, PduConfig } from '../../../drivers/pdu/config.js';
import { snmpPdu, type Pdu } from '../../../drivers/pdu/driver.js';
import { openEmulatedPdu, type EmulatedPdu } from '../../../drivers/pdu/emulated/emulated-pdu.js';
import { apcMasterSwitch } from '../../../drivers/pdu/models/apc-master-switch.js';
import type { PduModel } from '../../../drivers/pdu/models/model.js';

export const node = nodeId('root1');
export const said = (text: string) => (): Promise<string> => Promise.resolve(text);

export const WRITER: PduAccess = { version: '2c', community: said('private') };
export const WRITER_1: PduAccess = { version: '1', community: said('private') };
export const READER: PduAccess = { version: '2c', community: said('public') };
export const USER = {
  version: '3',
  user: 'rig',
  authentication: { protocol: 'sha', password: said('authentication-1') },
  privacy: { protocol: 'aes', password: said('privacy-12345') },
} as const satisfies PduAccess;

/** Quick where real PDUs are slow, and nothing that passes hangs on any of it. */
export const QUICK = { answer_ms: 2000, tries: 2, settle_ms: 2000, poll_ms: 5 };

export interface PduLab extends AsyncDisposable {
  readonly emulated: EmulatedPdu;
  readonly pdu: Pdu;
  /** Each switching so far: `3 off`. */
  readonly log: string[];
  readonly config: PduConfig;
}

export interface PduLabAsked {
  readonly model?: PduModel;
  readonly config?: Partial<PduConfig>;
  readonly atFirst?: PowerState;
  readonly outlets?: number;
  readonly clock?: Clock;
  /** Who may write by version 3; else USER. */
  readonly access?: PduAccess;
}

/** An emulated PDU of eight outlets and our driver for it. */
export async function openPduLab(asked: PduLabAsked = {}): Promise<PduLab> {
  const { model = apcMasterSwitch, atFirst = 'off', outlets = 8, clock = systemClock() } = asked;
  const log: string[] = [];
  const access = [
    { access: WRITER, may: 'write' },
    { access: READER, may: 'read' },
    { access: asked.access ?? USER, may: 'write' },
  ] as const;
  const emulated = await openEmulatedPdu(
    { model, outlets, access, atFirst, reboot_ms: 10 },
    { clock, onOutlet: (outlet, state) => void log.push(`${outlet} ${state}`) },
  );
  const { address, port } = emulated;
  const config: PduConfig = { name: 'left', model, address, port, access: WRITER, timing: QUICK, ...asked.config };
  return {
    emulated,
    pdu: snmpPdu(config, { clock }),
    log,
    config,
    [Symbol.asyncDispose]: () => emulated[Symbol.asyncDispose](),
  };
}
