import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { openCaptureFile } from '../../../drivers/wire/capture/capture-file.js';
import { ARP_REQUEST, arpFrame } from '../../../drivers/wire/frames/arp.js';
import { routerAdvertisement } from '../../../drivers/wire/frames/router-advertisement.js';
import { TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import { dhcp, ip, IPXE, ISID, loginRequest, NODE, SERVER, tcp, tftp } from './observer-frames.js';
import { handClock } from './switch-clock.js';

const tshark = async (path: string, ...more: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await promisify(execFile)('tshark', ['-r', path, ...more]);
  return stdout.split('\n').filter((line) => line !== '');
};

void t.test('capture: tshark reads it -> every protocol dissected, nothing malformed, ports by name', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'wire-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'wire.pcapng');
  const clock = handClock();
  const wire = makeSwitch(clock);
  const capture = await openCaptureFile({ path, clock, noted: (fault) => t.fail(fault.code) });
  wire.onFrame(capture.take);
  const node = wire.attach('root1', () => 'taken');
  const services = wire.attach('services', () => 'taken');
  const login = loginRequest(ISID.ipxe, 'InitiatorName=iqn.a:b', 'TargetName=iqn.c:d', 'SessionType=Normal');
  node.send(dhcp({ type: 'discover', ...IPXE }));
  clock.pass(1500.25);
  services.send(dhcp({ type: 'offer' }));
  node.send(tftp.read('undionly.kpxe'));
  services.send(tftp.data(1, 100));
  node.send(
    arpFrame(SERVER, {
      operation: ARP_REQUEST,
      senderMac: NODE,
      senderAddress: ip(101),
      targetMac: SERVER,
      targetAddress: ip(1),
    }),
  );
  services.send(routerAdvertisement(SERVER));
  node.send(tcp({ from: 'node', sequence: 1, flags: TCP_FLAG.syn }));
  node.send(tcp({ from: 'node', sequence: 2, payload: login }));
  wire.setFaultHook(() => 'lost');
  node.send(dhcp({ type: 'discover', ...IPXE }));
  await capture.close();

  const fields = ['frame.interface_name', 'frame.time_epoch', '_ws.col.Protocol', 'frame.comment'];
  const checks = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((name) => [
    '-o',
    `${name}:TRUE`,
  ]);
  const arrow = fields.flatMap((field) => ['-e', field]);
  t.same(await tshark(path, ...checks, '-T', 'fields', '-E', 'separator=|', ...arrow), [
    'root1|0.000000000|DHCP|',
    'services|1.500250000|DHCP|',
    'root1|1.500250000|TFTP|',
    'services|1.500250000|TFTP|',
    'root1|1.500250000|ARP|',
    'services|1.500250000|ICMPv6|',
    'root1|1.500250000|TCP|',
    'root1|1.500250000|iSCSI|',
    'root1|1.500250000|DHCP|lost here by a fault rule',
  ]);
  const wrong = [
    '_ws.malformed',
    ...['ip', 'udp', 'tcp', 'icmpv6'].map((name) => `${name}.checksum.status == "Bad"`),
  ].join(' or ');
  t.same(await tshark(path, ...checks, '-Y', wrong), []);
});
