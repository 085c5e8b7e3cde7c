import { faultOf } from '../../core/faults/fault.js';
import type { Identity } from '../../core/ports/identity.js';
import type { Read } from './answers.js';
import type { Call } from './call.js';
import { changed } from './change.js';
import type { RedfishClient } from './client.js';
import { at, textAt } from './json.js';
import type { Places } from './places.js';

export interface IdentityParts {
  readonly client: RedfishClient;
  readonly places: Places;
}

export async function readIdentity({ client, places }: IdentityParts, call: Call): Promise<Identity> {
  const root = await client.root(call);
  const system = await places.readSystem(call);
  const manager = await orNone(places.readManager(system, call));
  return {
    protocol: 'redfish',
    protocolVersion: textAt(root, 'RedfishVersion'),
    manufacturer: textAt(system.body, 'Manufacturer'),
    product: textAt(system.body, 'Model'),
    serial: textAt(system.body, 'SerialNumber'),
    firmware: textAt(manager?.body, 'FirmwareVersion'),
    guid: textAt(system.body, 'UUID')?.toLowerCase() ?? null,
  };
}

/**
 * Lights the locator light of the system, or of its chassis where only that has one.
 * @throws FaultError RDF-008 where neither has
 */
export async function ensureIndicator(
  { client, places }: IdentityParts,
  want: 'on' | 'off',
  call: Call,
): Promise<void> {
  const system = await places.readSystem(call);
  const read = hasLight(system) ? system : await places.readChassis(system, call);
  if (!hasLight(read)) throw places.lacks('locator light');
  if (isLit(read) === (want === 'on')) return;
  // The newer of the two properties, where there is one: the older is deprecated since ComputerSystem 1.14.
  const make = (now: Read): Readonly<Record<string, unknown>> =>
    at(now.body, 'LocationIndicatorActive') === undefined
      ? { IndicatorLED: want === 'on' ? 'Lit' : 'Off' }
      : { LocationIndicatorActive: want === 'on' };
  await changed({ client, read, make }, call);
}

function hasLight({ body }: Read): boolean {
  return typeof at(body, 'LocationIndicatorActive') === 'boolean' || textAt(body, 'IndicatorLED') !== null;
}

function isLit({ body }: Read): boolean {
  const isActive = at(body, 'LocationIndicatorActive');
  return typeof isActive === 'boolean' ? isActive : ['Lit', 'Blinking'].includes(textAt(body, 'IndicatorLED') ?? '');
}

/** A BMC without a manager still is one; what it lacks is left out. */
async function orNone(reading: Promise<Read>): Promise<Read | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (faultOf(thrown)?.code === 'RDF-008') return null;
    throw thrown;
  }
}
