import type { BootDevice } from '../../core/ports/boot-device.js';
import { EXIT, usage, type Command } from '../cli/command.js';
import { SITE_OPTION, withHands } from './hands/with-hands.js';

/** As operators call them, and IPMI's own tools. */
const DEVICES: Readonly<Record<string, BootDevice>> = { pxe: 'network', disk: 'disk', cdrom: 'cdrom', usb: 'usb' };

export const bootDeviceCommand: Command = {
  name: 'boot-device',
  usage: 'boot-device NODE pxe|disk|cdrom|usb',
  says: 'Sets what the firmware of a node tries first from its next power-on on, through its BMC.',
  takes: [2, 2],
  options: { site: SITE_OPTION, once: { type: 'boolean', says: 'for the next power-on alone' } },
  run: (given, io) => {
    const [name = '', asked = ''] = given.positionals;
    const device = Object.hasOwn(DEVICES, asked) ? DEVICES[asked] : undefined;
    if (device === undefined) {
      const known = Object.keys(DEVICES).join(', ');
      throw usage(bootDeviceCommand, `it takes ${known}, not ${JSON.stringify(asked)}`);
    }
    return withHands(bootDeviceCommand, { given, io }, async ({ hands, node: nodeOf }) => {
      const node = nodeOf(name);
      const lasts = given.flag('once') ? 'once' : 'always';
      await hands.bmc(node).setBootDevice({ device, lasts }, io.signal);
      if (given.flag('json')) io.out(`${JSON.stringify({ type: 'boot-device', node: node.id, device, lasts })}\n`);
      else io.out(`${node.id} boots from ${asked} ${lasts === 'once' ? 'at its next power-on' : 'from now on'}\n`);
      return EXIT.ok;
    });
  },
};
