import { FaultError } from '../../core/faults/fault.js';
import type { Read } from './answers.js';
import { polled, type Call } from './call.js';
import { changed } from './change.js';
import type { RedfishClient } from './client.js';
import { at, linkAt, listAt, textAt, textsAt, type JsonObject } from './json.js';
import { makerOf, type Places } from './places.js';
import { mannersOf } from './quirks.js';

export interface MediaParts {
  readonly client: RedfishClient;
  readonly places: Places;
}

export type MediaKind = 'cdrom' | 'usb';

const TYPES: Readonly<Record<MediaKind, readonly string[]>> = { cdrom: ['CD', 'DVD'], usb: ['USBStick'] };

/** URL of what is in the virtual drive; null: nothing. @throws FaultError RDF-008 for a BMC without such a drive */
export async function readMedium(parts: MediaParts, kind: MediaKind, call: Call): Promise<string | null> {
  return imageIn(await readDrive(parts, { kind, system: await parts.places.readSystem(call) }, call));
}

/**
 * Puts the image behind a URL into the virtual drive, or takes out what is in (null). What is wanted already stays.
 * The BMC fetches the image by itself.
 *
 * @throws FaultError RDF-008, RDF-019
 */
export async function ensureMedium(parts: MediaParts, want: WantedMedium, call: Call): Promise<void> {
  const { kind, url } = want;
  const system = await parts.places.readSystem(call);
  const drive = await readDrive(parts, { kind, system }, call);
  const now = imageIn(drive);
  if (now === url) return;
  // A drive that holds something refuses another; and some say that they took it.
  if (now !== null) await act({ parts, drive, action: 'EjectMedia', body: {} }, call);
  if (url !== null) {
    const flags = mannersOf(makerOf(system)).mediaFlags ? { Inserted: true, WriteProtected: true } : {};
    await act({ parts, drive, action: 'InsertMedia', body: { Image: url, ...flags } }, call);
  }
  const { client } = parts;
  const { seen, isIt } = await polled({
    clock: client.clock,
    call,
    first_ms: client.timing.poll_ms,
    within_ms: client.timing.confirm_ms,
    look: () => client.get(drive.path, call),
    isIt: (read) => imageIn(read) === url,
  });
  if (isIt) return;
  const [wanted, reads] = [url, imageIn(seen)].map((one) => one ?? 'nothing');
  throw new FaultError({
    code: 'RDF-019',
    kind: 'redfish.mediaUnchanged',
    bmc: client.bmc,
    want: wanted ?? '',
    reads: reads ?? '',
  });
}

export interface WantedMedium {
  readonly kind: MediaKind;
  readonly url: string | null;
}

interface Act {
  readonly parts: MediaParts;
  readonly drive: Read;
  readonly action: 'InsertMedia' | 'EjectMedia';
  readonly body: JsonObject;
}

/** By its action; by PATCH where there is none, as the first services had it (VirtualMedia.v1_0_0). */
async function act({ parts, drive, action, body }: Act, call: Call): Promise<void> {
  const { client } = parts;
  const target = textAt(drive.body, 'Actions', `#VirtualMedia.${action}`, 'target');
  if (target !== null) return client.post(target, body, call);
  const isIn = action === 'InsertMedia';
  const make = (): JsonObject => ({ Image: null, ...body, Inserted: isIn, ...(isIn ? { WriteProtected: true } : {}) });
  await changed({ client, read: drive, make }, call);
}

/** Some leave the name of what was taken out, and say only by `Inserted` that it is no longer in. */
function imageIn({ body }: Read): string | null {
  return at(body, 'Inserted') === false ? null : textAt(body, 'Image');
}

/** Redfish has them at the manager, and since ComputerSystem 1.13 at the system. */
async function readDrive({ client, places }: MediaParts, { kind, system }: Wanted, call: Call): Promise<Read> {
  const owner = linkAt(system.body, 'VirtualMedia') === null ? await places.readManager(system, call) : system;
  const { body } = await places.follow(owner, 'VirtualMedia', call);
  for (const path of listAt(body, 'Members').map((one) => linkAt(one))) {
    if (path === null) continue;
    const drive = await client.get(path, call);
    if (textsAt(drive.body, 'MediaTypes').some((type) => TYPES[kind].includes(type))) return drive;
  }
  throw places.lacks(`virtual ${kind}`);
}

interface Wanted {
  readonly kind: MediaKind;
  readonly system: Read;
}
