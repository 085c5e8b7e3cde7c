import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { PowerState } from '../../core/ports/power.js';
import type { Read } from './answers.js';
import { pause } from '../system-clock/pause.js';
import { polled, type Call } from './call.js';
import type { RedfishClient } from './client.js';
import { at, textAt, textsAt } from './json.js';
import type { Places } from './places.js';

export interface PowerParts {
  readonly client: RedfishClient;
  readonly places: Places;
  /** Called before a machine that is off is switched on, with its system as it was just read. */
  readonly beforeOn: (system: Read, call: Call) => Promise<void>;
}

/** What Redfish calls it; a state in between is neither (Resource 1.18, PowerState). */
const STATES: Readonly<Record<string, PowerState>> = { On: 'on', Paused: 'on', Off: 'off' };

/** What switches it, the best first. Only what names a level may be asked for again. */
const RESETS: Readonly<Record<PowerState, readonly string[]>> = {
  on: ['On', 'ForceOn', 'PushPowerButton'],
  off: ['ForceOff'],
};
/** A button toggles: pressed once too often it undoes what the first press did. */
const BUTTON = 'PushPowerButton';
const MOST_TRIES = 2;

/** @returns null for a state in between, such as PoweringOn */
export function powerIn({ body }: Read): PowerState | null {
  return STATES[textAt(body, 'PowerState') ?? ''] ?? null;
}

/**
 * One that stays in between is on: its rail is live as long as it is not off.
 * @throws FaultError RDF-008 for a system without a power state
 */
export async function readPower({ client, places }: PowerParts, call: Call): Promise<PowerState> {
  const { clock, timing } = client;
  const { seen } = await polled({
    clock,
    call,
    first_ms: timing.poll_ms,
    within_ms: timing.confirm_ms,
    look: () => places.readSystem(call),
    isIt: (system) => powerIn(system) !== null || textAt(system.body, 'PowerState') === null,
  });
  if (textAt(seen.body, 'PowerState') === null) throw places.lacks('PowerState');
  return powerIn(seen) ?? 'on';
}

/**
 * A level, and believed when it reads back: a BMC's 204 says that it has understood, and nothing else.
 * @throws FaultError RDF-013 when it does not come to it in two tries
 */
export async function ensurePower(parts: PowerParts, want: PowerState, call: Call): Promise<void> {
  const { client, places } = parts;
  const begunAt = client.clock.now();
  let system = await places.readSystem(call);
  for (let tries = 1; powerIn(system) !== want; tries += 1) {
    const type = resetType(client, system, want);
    if (tries > MOST_TRIES || (tries > 1 && type === BUTTON)) {
      const waited_ms = Math.round(client.clock.now() - begunAt);
      throw new FaultError({ code: 'RDF-013', kind: 'redfish.powerUnchanged', bmc: client.bmc, want, waited_ms });
    }
    // One that is on its way needs no second push.
    if (powerIn(system) !== null) {
      if (want === 'on') await parts.beforeOn(system, call);
      await reset({ parts, system, type, want }, call);
    }
    system = await settled(parts, want, call);
  }
}

/** Off, empty, and on: levels again, since many a BMC's own cycle leaves a machine off. */
export async function cyclePower(parts: PowerParts, call: Call): Promise<void> {
  await ensurePower(parts, 'off', call);
  await pause(parts.client.clock, parts.client.timing.dwell_ms, call.signal);
  await ensurePower(parts, 'on', call);
}

async function settled({ client, places }: PowerParts, want: PowerState, call: Call): Promise<Read> {
  const { clock, timing } = client;
  const { seen } = await polled({
    clock,
    call,
    first_ms: timing.poll_ms,
    within_ms: timing.settle_ms,
    look: () => places.readSystem(call),
    isIt: (system) => powerIn(system) === want,
  });
  return seen;
}

interface Reset {
  readonly parts: PowerParts;
  readonly system: Read;
  readonly type: string;
  readonly want: PowerState;
}

/** Some refuse what is so already, as when somebody else was first: then it is as wanted. */
async function reset({ parts, system, type, want }: Reset, call: Call): Promise<void> {
  const { client, places } = parts;
  const target = textAt(system.body, 'Actions', '#ComputerSystem.Reset', 'target');
  if (target === null) throw places.lacks('action ComputerSystem.Reset');
  try {
    await client.post(target, { ResetType: type }, call);
  } catch (thrown) {
    const isRefused = faultOf(thrown)?.code === 'RDF-010';
    if (!isRefused || powerIn(await places.readSystem(call)) !== want) throw thrown;
  }
}

/** @throws FaultError RDF-015 */
function resetType(client: RedfishClient, { body }: Read, want: PowerState): string {
  const action = at(body, 'Actions', '#ComputerSystem.Reset');
  const offered = textsAt(action, 'ResetType@Redfish.AllowableValues');
  const wanted = RESETS[want];
  // A service need not tell what it allows; then the plainest is tried.
  const found = offered.length === 0 ? wanted[0] : wanted.find((type) => offered.includes(type));
  if (found !== undefined) return found;
  const what = `a reset that switches ${want}`;
  throw new FaultError({ code: 'RDF-015', kind: 'redfish.notOffered', bmc: client.bmc, what, offered });
}
