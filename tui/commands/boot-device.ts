import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import { EXIT, usage, type Command } from '../cli/command.js';
import { nodeOf, openSite, SITE_OPTION } from '../hands/open.js';

/** As people and BMCs call them. */
const DEVICES: Readonly<Record<string, BootDevice>> = { pxe: 'network', disk: 'disk', cdrom: 'cdrom', usb: 'usb' };
const KNOWN = Object.keys(DEVICES);

export const bootDeviceCommand: Command = {
  name: 'boot-device',
  usage: `boot-device NODE ${KNOWN.join('|')}`,
  says: "Sets what a node's firmware starts from, by its BMC: at every start from now on, or at the next one alone.",
  takes: [2, 2],
  options: { site: SITE_OPTION, once: { type: 'boolean', says: 'at the next start alone' } },
  run: async (given, io) => {
    const [name = '', word = ''] = given.positionals;
    const device = Object.hasOwn(DEVICES, word) ? DEVICES[word] : undefined;
    if (device === undefined) {
      throw usage(bootDeviceCommand, `there is no device ${JSON.stringify(word)}; there are ${KNOWN.join(', ')}`);
    }
    const { site, hands: opened } = openSite(bootDeviceCommand, given, io);
    await using hands = opened;
    const node = nodeOf(bootDeviceCommand, site, name);
    const want: BootOrder = { device, lasts: given.flag('once') ? 'once' : 'always' };
    await hands.bmc(node).bootDevice.ensure(want, io.signal);
    if (given.flag('json')) io.out(`${JSON.stringify({ type: 'boot-device', node: node.id, ...want })}\n`);
    else io.out(`${node.id} starts from ${word}${want.lasts === 'once' ? ', once' : ''}\n`);
    return EXIT.ok;
  },
};
