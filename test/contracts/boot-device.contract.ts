import t from 'tap';
import type { NodeId } from '../../core/ids.js';
import type { BootDevice, BootDevicePort } from '../../core/ports/boot-device.js';

export interface OpenedBootDevice extends AsyncDisposable {
  readonly bootDevice: BootDevicePort;
  /** A node with a NIC and a disk, switched off. */
  readonly node: NodeId;
  /** Switches the node on, and off again once its firmware has shown what it tries first. */
  readonly triedFirst: () => Promise<BootDevice>;
}

/** What every driver of BootDevicePort keeps to. */
export function bootDeviceContract(name: string, open: () => Promise<OpenedBootDevice>): void {
  void t.test(`boot device contract: ${name}`, async (t) => {
    const opened = await open();
    const { bootDevice, node, triedFirst } = opened;
    t.teardown(() => opened[Symbol.asyncDispose]());
    const { signal } = new AbortController();

    await t.test('boot device: disk, asked for twice -> the disk is tried first', async (t) => {
      await bootDevice.ensure(node, 'disk', signal);
      await bootDevice.ensure(node, 'disk', signal);
      t.equal(await triedFirst(), 'disk');
    });

    await t.test('boot device: network -> the network is tried first', async (t) => {
      await bootDevice.ensure(node, 'network', signal);
      t.equal(await triedFirst(), 'network');
    });

    await t.test('boot device: the signal was aborted before -> it rejects, and all stays as it was', async (t) => {
      await t.rejects(bootDevice.ensure(node, 'disk', AbortSignal.abort()));
      t.equal(await triedFirst(), 'network');
    });
  });
}
