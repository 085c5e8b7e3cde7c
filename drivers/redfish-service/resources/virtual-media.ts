import type { Drive } from '../../../core/ports/machine-room.js';
import { refusal } from '../errors.js';
import { collection, link, NO_CONTENT, ROOT, type Given, type JsonObject } from '../exchange.js';
import type { Resource, ServiceAnswer } from '../exchange.js';
import { memberOf, parameters, textParameter } from '../given.js';
import type { Parts, ServedMachine } from '../parts.js';
import { troubleOf } from '../tasks.js';
import { MANAGER } from './bmc.js';
import { underWay } from './task-service.js';

const MEDIA = `${MANAGER}/VirtualMedia`;
const INSERT = 'VirtualMedia.InsertMedia';
const EJECT = 'VirtualMedia.EjectMedia';

const ID_OF: Readonly<Record<Drive, string>> = { cdrom: 'Cd', usb: 'UsbStick' };
const TYPES_OF: Readonly<Record<Drive, readonly string[]>> = { cdrom: ['CD', 'DVD'], usb: ['USBStick'] };
/** Parameters that clients give and that change nothing here: what is inserted is read only, and streamed. */
const IGNORED = ['Inserted', 'WriteProtected', 'TransferMethod', 'TransferProtocolType', 'MediaType'];

type Media = NonNullable<ServedMachine['media']>;

interface Slot {
  readonly drive: Drive;
  readonly media: Media;
  /** What was inserted last, as the client named it. */
  url: string | null;
  /** Something is being put in or taken out. */
  isBusy: boolean;
}

export function mediaResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const { media } = parts.machine;
  if (media === null) return [];
  const slots = media.drives.map((drive): Slot => ({ drive, media, url: null, isBusy: false }));
  const members = slots.map(({ drive }) => ID_OF[drive]);
  return [
    [
      `${ROOT}${MEDIA}`,
      { get: () => collection({ path: MEDIA, schema: 'VirtualMedia', name: 'Virtual media', members }) },
    ],
    ...slots.flatMap((slot) => resourcesOf(parts, slot)),
  ];
}

function resourcesOf(parts: Parts, slot: Slot): readonly (readonly [string, Resource])[] {
  const path = `${ROOT}${MEDIA}/${ID_OF[slot.drive]}`;
  return [
    [path, { get: () => described(parts, slot) }],
    [`${path}/Actions/${INSERT}`, { post: (given) => insert(parts, slot, given) }],
    [`${path}/Actions/${EJECT}`, { post: (given) => eject(parts, slot, given) }],
  ];
}

function described({ machine }: Parts, { drive, url }: Slot): JsonObject {
  const path = `${MEDIA}/${ID_OF[drive]}`;
  const isIn = machine.chassis.medium(drive) !== null;
  return {
    ...link(path),
    '@odata.type': '#VirtualMedia.v1_6_2.VirtualMedia',
    Id: ID_OF[drive],
    Name: drive === 'cdrom' ? 'Virtual CD' : 'Virtual USB stick',
    MediaTypes: TYPES_OF[drive],
    Inserted: isIn,
    // What was put in by another way has no URL; it is in all the same.
    Image: isIn ? url : null,
    ImageName: isIn && url !== null ? (url.split('/').at(-1) ?? '') : '',
    ConnectedVia: isIn ? 'URI' : 'NotConnected',
    WriteProtected: true,
    TransferMethod: 'Upload',
    Actions: {
      '#VirtualMedia.InsertMedia': { target: `${ROOT}${path}/Actions/${INSERT}` },
      '#VirtualMedia.EjectMedia': { target: `${ROOT}${path}/Actions/${EJECT}` },
    },
  };
}

async function insert(parts: Parts, slot: Slot, given: Given): Promise<ServiceAnswer> {
  const known = parameters(INSERT, given, ['Image', ...IGNORED]);
  if (!known.ok) return known.refused;
  const image = textParameter(INSERT, given, 'Image');
  if (!image.ok) return image.refused;
  if (!/^https?:\/\/\S{1,2000}$/.test(image.value)) {
    return refusal('ActionParameterValueNotInList', [image.value, 'Image', INSERT], '#/Image');
  }
  if (memberOf(given, 'WriteProtected') === false) {
    return refusal('ActionParameterValueNotInList', ['false', 'WriteProtected', INSERT], '#/WriteProtected');
  }
  return carriedOut(parts, slot, async () => {
    const file = await slot.media.fileOf(image.value, parts.closing);
    await parts.machine.chassis.setMedium(slot.drive, file);
    slot.url = image.value;
  });
}

async function eject(parts: Parts, slot: Slot, given: Given): Promise<ServiceAnswer> {
  const known = parameters(EJECT, given, []);
  if (!known.ok) return known.refused;
  return carriedOut(parts, slot, async () => {
    await parts.machine.chassis.setMedium(slot.drive, null);
    slot.url = null;
  });
}

/** Waited for, unless this BMC answers by tasks: getting an image takes as long as it is big. One at a time. */
async function carriedOut(parts: Parts, slot: Slot, work: () => Promise<void>): Promise<ServiceAnswer> {
  if (slot.isBusy) return refusal('ResourceInUse');
  slot.isBusy = true;
  const doing = (parts.lies().failsTasks ? Promise.reject(new Error('this BMC fails at everything')) : work()).finally(
    () => (slot.isBusy = false),
  );
  if (parts.byTasks) return underWay(parts, 'Virtual media', doing);
  try {
    await doing;
    parts.log.add('Virtual media', `${ID_OF[slot.drive]}: ${slot.url === null ? 'ejected' : 'inserted'}.`);
    return NO_CONTENT;
  } catch (thrown) {
    return refusal('GeneralError', [troubleOf(thrown)]);
  }
}
