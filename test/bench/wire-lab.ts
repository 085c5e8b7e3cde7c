import { join } from 'node:path';
import { seededRandom } from '../../core/random.js';
import { nodeId } from '../../core/ids.js';
import { openLun } from '../../drivers/lun-store/open-lun.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { openCaptureFile } from '../../drivers/wire/capture/capture-file.js';
import { openWireHost } from '../../drivers/wire/host.js';
import { makeBootObserver } from '../../drivers/wire/observer/boot-observer.js';
import { serveIscsi } from '../../drivers/wire/services/iscsi/serve-iscsi.js';
import { TargetSet } from '../../drivers/wire/services/iscsi/target.js';
import { openTcp } from '../../drivers/wire/services/tcp/tcp.js';
import { openStreamPort } from '../../drivers/wire/stream-port.js';
import { makeSwitch } from '../../drivers/wire/switch.js';
import { ipv4, macOf } from '../../tui/compose/wire.js';

/** Where QEMU's NICs are plugged in, and under which addresses the observer looks for them. */
export const GUESTS = [
  { id: 'server', mac: '52:54:00:99:00:02' },
  { id: 'client', mac: '52:54:00:99:00:03' },
] as const;

export interface WireLabOptions {
  readonly folder: string;
  /** Served by our target at 10.99.0.1 as LUN 1. */
  readonly image?: { readonly file: string; readonly iqn: string };
}

export const socketPath = (folder: string, id: string): string => join(folder, `${id}.sock`);

/** Our switch as a run has it: every frame into the capture file, every frame before the observer. */
export async function openWireLab({ folder, image }: WireLabOptions): Promise<AsyncDisposable> {
  const clock = systemClock();
  const wire = makeSwitch(clock);
  const noted = (fault: object): void => void process.stderr.write(`${JSON.stringify(fault)}\n`);
  const capture = await openCaptureFile({ path: join(folder, 'wire.pcapng'), clock, noted });
  const nodes = new Map(GUESTS.map(({ id, mac }) => [macOf(mac), nodeId(id)] as const));
  const observer = makeBootObserver({ nodes, observe: () => {} });
  wire.onFrame(capture.take);
  wire.onFrame(observer.take);
  const events = { connected: () => {}, disconnected: () => {}, noted };
  const ports = await Promise.all(
    GUESTS.map(({ id }) =>
      openStreamPort({ path: socketPath(folder, id), attach: (deliver) => wire.attach(id, deliver), events }),
    ),
  );
  const served = image === undefined ? null : serveLun(wire, image);
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(ports.map((port) => port.close()));
      served?.[Symbol.dispose]();
      await capture.close();
    },
  };
}

function serveLun(
  wire: ReturnType<typeof makeSwitch>,
  { file, iqn }: { readonly file: string; readonly iqn: string },
): Disposable {
  const clock = systemClock();
  const host = openWireHost({
    mac: macOf('52:54:00:99:00:01'),
    address: ipv4('10.99.0.1'),
    prefix_bits: 24,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const store = openLun({ file, isReadOnly: false, clone: `${file}.clone` });
  const targets = new TargetSet([{ iqn, luns: [{ number: 1, store }] }]);
  const tcp = openTcp({ link: host, clock, random: seededRandom(1) });
  host.bindProtocol(TCP_PROTOCOL, (from, segment) => tcp.receive(from, segment));
  tcp.listen(ISCSI_PORT, (stream) => serveIscsi(stream, targets));
  return {
    [Symbol.dispose]() {
      targets.close();
      tcp.close();
      host.close();
      store.close();
    },
  };
}

const TCP_PROTOCOL = 6;
const ISCSI_PORT = 3260;
