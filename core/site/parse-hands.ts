import { assert } from '../unreachable.js';
import { durationOf } from './duration.js';
import type {
  BmcAccess,
  IpmiTiming,
  NodeHands,
  OutletControl,
  OutletRef,
  Pdu,
  PowerTiming,
  PowerWay,
  SecretReference,
  SnmpLogin,
  TlsTrust,
} from './hands.js';
import type { HandsFile, PduFile, SecretFile } from './hands-schema.js';
import type { World } from './site.js';

type IpmiFile = Extract<NonNullable<HandsFile['bmc']>, { readonly protocol: 'ipmi' }>;

/** What a node's entry says of its power and its BMC, and what goes without saying. */
export function handsOf(written: HandsFile & { readonly world: World }): NodeHands {
  const { world, power, bmc, outlets = [], console } = written;
  const access = bmc === undefined ? null : accessOf(bmc);
  return { power: power ?? usualWay(world, access, outlets), bmc: access, outlets: outlets.map(cordOf), console };
}

/** By the best that there is. */
function usualWay(world: World, bmc: BmcAccess | null, outlets: readonly unknown[]): PowerWay {
  if (bmc !== null) return bmc.protocol;
  if (outlets.length > 0) return 'pdu';
  return world === 'real' ? 'manual' : 'direct';
}

function accessOf(written: NonNullable<HandsFile['bmc']>): BmcAccess {
  const { user } = written;
  const password = secretOf(written.password);
  if (written.protocol === 'ipmi') {
    const { protocol, address = null, port, cipher_suite: cipherSuite, privilege } = written;
    const reach = { protocol, address, port, user, password, cipherSuite, privilege };
    return { ...reach, timing: ipmiTimingOf(written), isUefi: written.boot_mode === 'uefi' };
  }
  const { protocol, url = null, system = null, tls } = written;
  const reach = { protocol, url: url === null ? null : url.replace(/\/$/, ''), system, user, password };
  return { ...reach, tls: trustOf(tls), timing: powerTimingOf(written) };
}

function ipmiTimingOf(written: IpmiFile): IpmiTiming {
  const { answer, tries, restart } = written;
  return { answer_s: span(answer) / 1000, tries, restart_ms: span(restart), ...powerTimingOf(written) };
}

function powerTimingOf({ settle, off_for: offFor }: Pick<IpmiFile, 'settle' | 'off_for'>): PowerTiming {
  return { settle_ms: span(settle), offFor_ms: span(offFor) };
}

function trustOf(tls: 'verify' | 'insecure' | { readonly ca: string }): TlsTrust {
  return typeof tls === 'string' ? { kind: tls } : { kind: 'ca', file: tls.ca };
}

function cordOf({ pdu, outlet }: { readonly pdu: string; readonly outlet: string | number }): OutletRef {
  return { pdu, outlet: String(outlet) };
}

export function pduOf(name: string, written: PduFile): Pdu {
  const { model, address = null, port, control, pause, budget, banks = {} } = written;
  return {
    name,
    model,
    address,
    port,
    login: loginOf(written),
    control: control === undefined ? null : controlOf(control),
    pause_ms: pause === undefined ? 0 : span(pause),
    budget: budget === undefined ? null : { switchings: budget.switchings, within_ms: span(budget.within) },
    banks: new Map(Object.entries(banks).map(([bank, outlets]) => [bank, outlets.map(String)])),
  };
}

function controlOf(written: NonNullable<PduFile['control']>): OutletControl {
  const { state, command = null, on, off, command_on: commandOn = null, command_off: commandOff = null } = written;
  return { state, command, on, off, commandOn, commandOff };
}

function span(text: string): number {
  const span_ms = durationOf(text);
  assert(span_ms !== null, 'the shape lets only durations through');
  return span_ms;
}

function loginOf(written: PduFile): SnmpLogin {
  if (written.version !== 3) {
    return { version: written.version === 1 ? '1' : '2c', community: secretOf(written.community) };
  }
  const { user, auth, privacy } = written;
  return {
    version: '3',
    user,
    auth: auth === undefined ? null : { protocol: auth.protocol, password: secretOf(auth.password) },
    privacy: privacy === undefined ? null : { protocol: privacy.protocol, password: secretOf(privacy.password) },
  };
}

export function secretOf(written: SecretFile): SecretReference {
  if ('env' in written) return { from: 'env', name: written.env };
  if ('file' in written) return { from: 'file', path: written.file };
  const [program, ...words] = written.command;
  assert(program !== undefined, 'the shape lets only commands with a program through');
  return { from: 'command', argv: [program, ...words] };
}
