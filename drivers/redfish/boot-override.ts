import { FaultError } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { Read } from './answers.js';
import { polled, type Call } from './call.js';
import { changed } from './change.js';
import type { RedfishClient } from './client.js';
import { at, textAt, textsAt, type JsonObject } from './json.js';
import { makerOf, type Places } from './places.js';
import { mannersOf } from './quirks.js';

const TARGETS: Readonly<Record<Exclude<BootDevice, 'cdrom'>, readonly string[]>> = {
  network: ['Pxe'],
  disk: ['Hdd'],
  usb: ['Usb'],
};
const ENABLED: Readonly<Record<BootOrder['lasts'], string>> = { once: 'Once', always: 'Continuous' };

/** The boot override of one machine. Redfish keeps one alone: one for once takes the place of one for always. */
export class BootOverrides {
  /** What was asked for always, to be set again when something for once is used up. */
  #always: BootOrder | null = null;

  readonly #client: RedfishClient;
  readonly #places: Places;

  constructor(client: RedfishClient, places: Places) {
    this.#client = client;
    this.#places = places;
  }

  /** @throws FaultError RDF-014, RDF-015 */
  async ensure(want: BootOrder, call: Call): Promise<void> {
    if (want.lasts === 'always') this.#always = want;
    await this.#set(want, await this.#places.readSystem(call), call);
  }

  /** Null: the firmware's own order, or an override that we have no word for. */
  async read(call: Call): Promise<BootOrder | null> {
    return orderIn(await this.#places.readSystem(call));
  }

  /** What is for always holds again where something for once has used up the override. */
  async beforeOn(system: Read, call: Call): Promise<void> {
    const isUsedUp = textAt(system.body, 'Boot', 'BootSourceOverrideEnabled') === 'Disabled';
    if (this.#always !== null && isUsedUp) await this.#set(this.#always, system, call);
  }

  async #set(want: BootOrder, system: Read, call: Call): Promise<void> {
    const target = this.#targetOf(want.device, system);
    if (isSet(system, want, target)) return;
    const make = (now: Read): JsonObject => ({ Boot: bootOf(want, target, now) });
    await changed({ client: this.#client, read: system, make }, call);
    const { clock, timing, bmc } = this.#client;
    const { seen, isIt } = await polled({
      clock,
      call,
      first_ms: timing.poll_ms,
      within_ms: timing.confirm_ms,
      look: () => this.#places.readSystem(call),
      isIt: (now) => isSet(now, want, target),
    });
    if (isIt) return;
    const [reads, wanted] = [told(seen), `${target} (${ENABLED[want.lasts]})`];
    throw new FaultError({ code: 'RDF-014', kind: 'redfish.bootDeviceUnchanged', bmc, want: wanted, reads });
  }

  #targetOf(device: BootDevice, system: Read): string {
    const names = device === 'cdrom' ? mannersOf(makerOf(system)).cdrom : TARGETS[device];
    const offered = textsAt(system.body, 'Boot', 'BootSourceOverrideTarget@Redfish.AllowableValues');
    const found = offered.length === 0 ? names[0] : names.find((name) => offered.includes(name));
    if (found !== undefined) return found;
    const { bmc } = this.#client;
    const what = `${names.join(' or ')} as a boot override`;
    throw new FaultError({ code: 'RDF-015', kind: 'redfish.notOffered', bmc, what, offered });
  }
}

function bootOf({ lasts }: BootOrder, target: string, system: Read): JsonObject {
  const mode = textAt(system.body, 'Boot', 'BootSourceOverrideMode');
  const isSent = mode !== null && mannersOf(makerOf(system)).sendsBootMode;
  return {
    BootSourceOverrideEnabled: ENABLED[lasts],
    BootSourceOverrideTarget: target,
    ...(isSent ? { BootSourceOverrideMode: mode } : {}),
  };
}

function told({ body }: Read): string {
  const [target, enabled] = ['Target', 'Enabled'].map((name) => textAt(body, 'Boot', `BootSourceOverride${name}`));
  return `${target ?? 'nothing'} (${enabled ?? 'nothing'})`;
}

function isSet({ body }: Read, { lasts }: BootOrder, target: string): boolean {
  const boot = at(body, 'Boot');
  return (
    textAt(boot, 'BootSourceOverrideEnabled') === ENABLED[lasts] && textAt(boot, 'BootSourceOverrideTarget') === target
  );
}

const DEVICES: Readonly<Record<string, BootDevice>> = {
  Pxe: 'network',
  Hdd: 'disk',
  Usb: 'usb',
  Cd: 'cdrom',
  UsbCd: 'cdrom',
};

function orderIn({ body }: Read): BootOrder | null {
  const device = DEVICES[textAt(body, 'Boot', 'BootSourceOverrideTarget') ?? ''];
  const enabled = textAt(body, 'Boot', 'BootSourceOverrideEnabled');
  if (device === undefined || (enabled !== 'Once' && enabled !== 'Continuous')) return null;
  return { device, lasts: enabled === 'Once' ? 'once' : 'always' };
}
