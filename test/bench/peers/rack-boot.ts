import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { nodeId } from '../../../core/ids.js';
import type { Payload } from '../../../drivers/payload/payload.js';
import { qemuArgv } from '../../../drivers/qemu/argv.js';
import { listenForMonitor } from '../../../drivers/qemu/monitor-socket.js';
import type { Accelerator } from '../../../drivers/qemu/node.js';
import { openMonitor } from '../../../drivers/qemu/qmp.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import type { Readings } from '../figure.js';
import { startGuest } from '../qemu-guest.js';
import { openDnsmasq } from './dnsmasq.js';
import { bridgeWithTaps, openNamespace } from './namespace.js';
import { openTgtd } from './tgtd.js';

const IQN = 'iqn.2026-11.example.metalrig:root1';
const MAC = '52:54:00:99:00:11';

export interface RackBootOptions {
  readonly folder: string;
  readonly payload: Payload;
  readonly accelerator: Accelerator;
}

/** The same QEMU from the same LUN image by dnsmasq, tgtd and a kernel bridge: seconds from power-on to READY. */
export async function bootOnKernelBridge({ folder, payload, accelerator }: RackBootOptions): Promise<Readings> {
  const own = mkdtempSync(join(folder, 'r'));
  const image = join(own, 'root.img');
  copyFileSync(payload.images.root, image);
  await using namespace = await openNamespace(bridgeWithTaps(1));
  const { inside } = namespace;
  await using _tgtd = await openTgtd({ folder: own, portal: '10.99.0.1:3260', image, iqn: IQN, inside });
  await using _dnsmasq = openDnsmasq({ folder: own, bootFile: payload.bootFile, iqn: IQN, mac: MAC, inside });
  const monitorPath = join(own, 'q');
  const socket = await listenForMonitor(monitorPath);
  await using guest = startGuest(inside(bridgedArgv(monitorPath, accelerator)));
  const monitor = await openMonitor(await socket.connected, {
    node: nodeId('root1'),
    clock: systemClock(),
    onEvent: () => {},
  });
  const onAt_ms = performance.now();
  await monitor.execute('cont');
  const { at_ms } = await guest.saw('METALRIG READY node=root1 image=root');
  return { ready_s: (at_ms - onAt_ms) / 1000 };
}

/** Our own command line of the root node but for what its NIC is plugged into. */
function bridgedArgv(monitorPath: string, accelerator: Accelerator): readonly string[] {
  const nics = [{ model: 'virtio-net-pci', mac: MAC, wirePath: 'none' }] as const;
  const node = { node: nodeId('root1'), memory_mib: MEMORY_MIB, nics };
  return qemuArgv(node, { accelerator, monitorPath, bootDevice: 'network', guestTime: 'host' }).map((word) =>
    word.startsWith('stream,id=net0') ? 'tap,id=net0,ifname=tap0,script=no,downscript=no' : word,
  );
}

/** What the site's parser gives a node that says nothing. */
const MEMORY_MIB = 160;
