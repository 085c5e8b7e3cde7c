import t from 'tap';
import type { NodeId } from '../../core/ids.js';
import type { BootDevice, BootDevicePort } from '../../core/ports/boot-device.js';
import { FaultError } from '../../core/faults/fault.js';

export interface OpenedBootDevice extends AsyncDisposable {
  readonly bootDevice: BootDevicePort;
  /** A node with a NIC and a disk, switched off. */
  readonly node: NodeId;
  /** Switches the node on, and off again once its firmware has shown what it tries first. */
  readonly triedFirst: () => Promise<BootDevice>;
  /** A device that the node lacks, where the driver can know that; most BMCs do not. */
  readonly absent?: BootDevice;
}

const disk = { device: 'disk', lasts: 'always' } as const;
const network = { device: 'network', lasts: 'always' } as const;
const diskOnce = { device: 'disk', lasts: 'once' } as const;

/** What every driver of BootDevicePort keeps to. */
export function bootDeviceContract(name: string, open: () => Promise<OpenedBootDevice>): void {
  void t.test(`boot device contract: ${name}`, async (t) => {
    const opened = await open();
    const { bootDevice, node, triedFirst, absent } = opened;
    t.teardown(() => opened[Symbol.asyncDispose]());
    const { signal } = new AbortController();

    await t.test('boot device: disk, asked for twice -> the disk is tried first', async (t) => {
      await bootDevice.ensure(node, disk, signal);
      await bootDevice.ensure(node, disk, signal);
      t.equal(await triedFirst(), 'disk');
    });

    await t.test('boot device: network -> the network is tried first', async (t) => {
      await bootDevice.ensure(node, network, signal);
      t.equal(await triedFirst(), 'network');
    });

    await t.test('boot device: the signal was aborted before -> it rejects, and all stays as it was', async (t) => {
      await t.rejects(bootDevice.ensure(node, disk, AbortSignal.abort()));
      t.equal(await triedFirst(), 'network');
    });

    await t.test('boot device: disk once, asked for twice -> the disk at the next boot, not after it', async (t) => {
      await bootDevice.ensure(node, diskOnce, signal);
      await bootDevice.ensure(node, diskOnce, signal);
      t.equal(await triedFirst(), 'disk');
      t.equal(await triedFirst(), 'network');
    });

    if (absent === undefined) return;
    await t.test('boot device: one that the node lacks -> a Fault, and all stays as it was', async (t) => {
      await t.rejects(bootDevice.ensure(node, { device: absent, lasts: 'always' }, signal), FaultError);
      t.equal(await triedFirst(), 'network');
    });
  });
}
