import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { makeBootObserver } from '../../../drivers/wire/observer/boot-observer.js';
import { openWireHost } from '../../../drivers/wire/host.js';
import { openStreamPort } from '../../../drivers/wire/stream-port.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import { ip, NODE, SERVER } from './observer-frames.js';
import { handClock } from './switch-clock.js';

/** Its time jumps to the next timer whenever the guest waits, so seconds of firmware patience pass in one. */
const VIRTUAL_TIME = ['-accel', 'tcg', '-icount', 'shift=6,sleep=off', '-rtc', 'base=2011-07-01,clock=vm'];
const MACHINE = ['-machine', 'pc', '-m', '64', '-nodefaults', '-display', 'none', '-boot', 'n'];

void t.test(
  "wire: QEMU's own NIC ROM and nobody who answers DHCP -> pxe.dhcp, then BOOT-002, then it leaves",
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'wire-test-'));
    t.teardown(() => rm(directory, { recursive: true }));
    const clock = handClock();
    const wire = makeSwitch(clock);
    const happenings = new EventEmitter();
    const troubled = once(happenings, 'trouble');
    const disconnected = once(happenings, 'disconnected');
    const seen: Observation[] = [];
    const observe = (observation: Observation): void => {
      seen.push(observation);
      happenings.emit(observation.kind);
    };
    wire.onFrame(makeBootObserver({ nodes: new Map([[NODE, nodeId('root1')]]), observe }).take);
    // The host answers the router solicitation, without which iPXE waits 16 s of its own time.
    const attach = wire.attach.bind(wire, 'services');
    openWireHost({ mac: SERVER, address: ip(1), prefix_bits: 24, attach, clock });
    const path = join(directory, 'root1.sock');
    const port = await openStreamPort({
      path,
      attach: wire.attach.bind(wire, 'root1'),
      events: {
        connected: () => undefined,
        disconnected: () => happenings.emit('disconnected'),
        noted: (fault) => t.fail(fault.code),
      },
    });
    t.teardown(() => port.close());
    const nic = ['-netdev', `stream,id=n,server=off,addr.type=unix,addr.path=${path}`];
    const card = ['-device', 'virtio-net-pci,netdev=n,mac=52:54:00:99:00:01'];
    const qemu = spawn('qemu-system-x86_64', [...VIRTUAL_TIME, ...MACHINE, ...nic, ...card], { stdio: 'inherit' });
    t.teardown(() => qemu.kill('SIGKILL'));
    await troubled;
    qemu.kill('SIGKILL');
    await disconnected;
    t.match(seen, [
      { kind: 'reached', stage: 'pxe.dhcp', what: 'DHCP discover of PXEClient:Arch:00000:UNDI:002001 (iPXE)' },
      { kind: 'trouble', fault: { code: 'BOOT-002', stage: 'pxe.dhcp' } },
    ]);
    t.ok((wire.counters('root1')?.received_frames ?? 0) >= 3);
  },
);
