import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startProcess } from '../../../../drivers/process/start.js';
import type { DhcpNode } from '../../../../drivers/wire/services/dhcp/answer.js';
import { openCaptureFile, type CaptureFile } from '../../../../drivers/wire/capture/capture-file.js';
import { openDhcp } from '../../../../drivers/wire/services/dhcp/server.js';
import { openNetbootMemory } from '../../../../drivers/wire/services/netboot-memory.js';
import { openStreamPort } from '../../../../drivers/wire/stream-port.js';
import { fileOf } from '../../../../drivers/wire/services/tftp/file.js';
import { bindTftp, openTftp } from '../../../../drivers/wire/services/tftp/server.js';
import { LAB_CLIENT_MAC, LAB_SERVER, ipv4, mac as parsedMac, isInLab, openLab, randomBytes, type Lab } from './lab.js';

// Independent clients of Debian against our DHCP and TFTP, over the uplink.

const ROOT1: DhcpNode = {
  address: ipv4('10.99.0.101'),
  hostName: 'root1',
  bootFile: 'undionly.kpxe',
  script: null,
  rootPath: 'iscsi:10.99.0.1:::1:iqn.2026-01.example:root1',
  initiatorName: 'iqn.2026-01.example:node:root1',
};
const QEMU_MAC = parsedMac('52:54:00:99:00:02');
const QEMU_NODE: DhcpNode = { ...ROOT1, address: ipv4('10.99.0.102') };

/** Debian's boot file; a file of more than one window of any client; a text. */
const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['undionly.kpxe', readFileSync('/usr/lib/ipxe/undionly.kpxe')],
  ['big', randomBytes(2 << 20)],
  ['text', Buffer.from('one\ntwo\r\nthree\n')],
]);
/** udhcpc runs it with what it was given as environment variables. */
const PRINT_LEASE = '#!/bin/sh\n[ "$1" = bound ] && env || true\n';
const WRONG =
  '_ws.malformed or _ws.expert.severity == error or ip.checksum.status == Bad or udp.checksum.status == Bad';
const AS_ROM = "-V 'PXEClient:Arch:00000:UNDI:002001'";
const AS_IPXE = `${AS_ROM} -x 0x4d:69505845`;
const WANTS = '-O hostname -O rootpath -O tftp -O bootfile -O 203';

if (await isInLab(t, import.meta.url)) {
  const lab = await openLab();
  const capture = await captureOf(lab);
  lab.wire.onFrame(capture.take);
  serveNetboot(lab);
  await testStages(lab);
  await testDhcp(lab);
  await testTftp(lab);
  await testRefusals(lab);
  await testFirmware(lab);
  await capture.close();
  await testCapture(lab);
  await t.test('the wire lost nothing on the way', async (t) => {
    t.strictSame([lab.uplink.counters().lost_frames, lab.uplink.counters().refused_packets], [0, 0]);
    t.strictSame([lab.host.counters().malformed, lab.host.counters().badChecksums], [0, 0]);
  });
  await lab.close();
}

function serveNetboot(lab: Lab): void {
  const memory = openNetbootMemory();
  const dhcp = openDhcp({
    clock: lab.clock,
    server: LAB_SERVER,
    subnet: {
      mask: ipv4('255.255.0.0'),
      router: LAB_SERVER,
      nameServers: [ipv4('10.99.0.2'), ipv4('10.99.0.3')],
      domain: 'rack.example',
      lease_s: 3600,
    },
    nodes: (mac) => (mac === LAB_CLIENT_MAC ? ROOT1 : mac === QEMU_MAC ? QEMU_NODE : null),
    range: { first: ipv4('10.99.1.0'), last: ipv4('10.99.9.255') },
    memory,
  });
  const tftp = openTftp({
    clock: lab.clock,
    files: (name) => {
      const bytes = FILES.get(name);
      return bytes === undefined ? null : fileOf(bytes);
    },
    onLoaded: (mac, name) => {
      if (name === ROOT1.bootFile) memory.markBootFileLoaded(mac);
    },
  });
  lab.host.bindUdp(67, dhcp.service);
  bindTftp(tftp, (port, service) => lab.host.bindUdp(port, service));
}

async function testStages(lab: Lab): Promise<void> {
  writeFileSync(join(lab.folder, 'print-lease'), PRINT_LEASE, { mode: 0o755 });
  const lease = async (words: string): Promise<ReadonlyMap<string, string>> => {
    const { output } = await lab.run(`udhcpc -i vx0 -f -q -n -t 3 -T 1 -s ./print-lease ${WANTS} ${words}`);
    return new Map(output.split('\n').map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]));
  };

  await t.test('udhcpc in the words of each stage -> boot file, boot file, then the root path', async (t) => {
    const system = await lease('');
    t.equal(system.get('ip'), '10.99.0.101');
    t.equal(system.get('lease'), '3600');
    t.equal(system.get('hostname'), 'root1');
    for (const words of [AS_ROM, AS_IPXE]) {
      const early = await lease(words);
      t.equal(early.get('ip'), '10.99.0.101');
      t.equal(early.get('siaddr'), '10.99.0.1');
      t.equal(early.get('boot_file'), 'undionly.kpxe');
      t.equal(early.get('bootfile'), 'undionly.kpxe');
      t.equal(early.get('tftp'), '10.99.0.1');
      t.notOk(early.has('rootpath'));
    }
    await lab.run('curl -sS --tftp-blksize 1432 -o nbp tftp://10.99.0.1/undionly.kpxe');
    const late = await lease(AS_IPXE);
    t.equal(late.get('rootpath'), ROOT1.rootPath);
    t.equal(late.get('hostname'), 'root1');
    t.equal(late.get('opt203'), Buffer.from(ROOT1.initiatorName ?? '').toString('hex'));
    t.notOk(late.has('boot_file'));
    t.equal((await lease(AS_IPXE)).get('boot_file'), 'undionly.kpxe', 'asking once more is a new boot');
  });
}

async function testDhcp(lab: Lab): Promise<void> {
  await t.test("nmap's two DHCP scripts -> print the options that we set", async (t) => {
    const script = 'nmap -e vx0 --script broadcast-dhcp-discover --script-args broadcast-dhcp-discover.timeout=1';
    const stranger = await lab.run(script);
    t.match(stranger.output, /IP Offered: 10\.99\.[1-9]\.\d+/);
    const inform = await lab.run('nmap -n -Pn -sU -p 67 --script dhcp-discover 10.99.0.1');
    for (const { output } of [stranger, inform]) {
      t.match(output, 'Server Identifier: 10.99.0.1');
      t.match(output, 'Subnet Mask: 255.255.0.0');
      t.match(output, 'Router: 10.99.0.1');
      t.match(output, 'Domain Name Server: 10.99.0.2, 10.99.0.3');
      t.match(output, 'Domain Name: rack.example');
      t.match(output, 'Broadcast Address: 10.99.255.255');
    }
    t.match(stranger.output, 'IP Address Lease Time: 1h00m00s');
    t.match(inform.output, 'Hostname: root1');
    t.match(inform.output, `Root Path: ${ROOT1.rootPath}`);
  });

  await t.test('perfdhcp, 200 clients behind a relay -> every exchange complete, no address twice', async (t) => {
    const { output } = await lab.run('perfdhcp -4 -l vx0 -r 100 -R 200 -p 2 -W 500000 10.99.0.1');
    t.match(output, /sent packets: (19\d|20\d)/, 'two seconds of 100');
    t.strictSame(output.match(/^drops: .*/gm), ['drops: 0', 'drops: 0']);
    t.strictSame(output.match(/^(orphans|rejected leases|non unique addresses): [^0].*/gm), null);
  });
}

async function testTftp(lab: Lab): Promise<void> {
  const downloads: readonly (readonly [client: string, command: string])[] = [
    ['tftp-hpa, 512', 'tftp -m binary 10.99.0.1 -c get big got'],
    ['atftp, 512', 'atftp -g -r big -l got 10.99.0.1 69'],
    ['atftp, blksize 1428', 'atftp --option "blksize 1428" -g -r big -l got 10.99.0.1 69'],
    ['atftp, windowsize 8', 'atftp --option "blksize 1428" --option "windowsize 8" -g -r big -l got 10.99.0.1 69'],
    ['curl, 512', 'curl -sS --tftp-no-options -o got tftp://10.99.0.1/big'],
    ['curl, blksize 1428', 'curl -sS --tftp-blksize 1428 -o got tftp://10.99.0.1/big'],
    ['busybox, blksize 65464', 'busybox tftp -g -b 65464 -r big -l got 10.99.0.1'],
  ];
  for (const [client, command] of downloads) {
    await t.test(`${client}: 2 MiB -> byte for byte`, async (t) => {
      const { exitCode, output } = await lab.run(`rm -f got; ${command}`);
      t.equal(exitCode, 0, output);
      t.ok(readFileSync(join(lab.folder, 'got')).equals(FILES.get('big') ?? Buffer.alloc(0)));
    });
  }

  await t.test('tftp-hpa in netascii: a text with LF and CR LF -> the same text', async (t) => {
    await lab.run('tftp -m ascii 10.99.0.1 -c get text got-text');
    t.equal(readFileSync(join(lab.folder, 'got-text'), 'latin1'), FILES.get('text')?.toString('latin1'));
  });

  await t.test('8 downloads at once, as many as one client may have -> all byte for byte', async (t) => {
    const outputs = Array.from({ length: 8 }, (_, index) => `-o p${index} tftp://10.99.0.1/undionly.kpxe`).join(' ');
    const { exitCode } = await lab.run(`curl -sS -Z --parallel-immediate --tftp-blksize 1428 ${outputs}`);
    t.equal(exitCode, 0);
    for (let index = 0; index < 8; index++) {
      t.ok(readFileSync(join(lab.folder, `p${index}`)).equals(FILES.get('undionly.kpxe') ?? Buffer.alloc(0)));
    }
  });
}

async function testRefusals(lab: Lab): Promise<void> {
  const refusals: readonly (readonly [client: string, command: string, says: string])[] = [
    ['tftp-hpa', 'tftp -m binary 10.99.0.1 -c get nope got', 'Error code 1: file not found'],
    ['atftp', 'atftp -g -r nope -l got 10.99.0.1 69', 'error received from server <file not found>'],
    ['busybox', 'busybox tftp -g -r nope -l got 10.99.0.1', 'server error: (1) file not found'],
    // curl says "file not found" by its exit code; 68 is CURLE_TFTP_NOTFOUND.
    ['curl', 'curl -sS -o got tftp://10.99.0.1/nope || echo code $?', 'code 68'],
    [
      'atftp, writing',
      'atftp -p -l print-lease -r new 10.99.0.1 69',
      'error received from server <nothing is written here>',
    ],
    ['curl, writing', 'curl -sS -T print-lease tftp://10.99.0.1/new || echo code $?', 'code 69'],
  ];
  for (const [client, command, says] of refusals) {
    await t.test(`${client}: what there is not -> ${says}`, async (t) => {
      t.match((await lab.run(command)).output, says);
    });
  }
}

/** The whole way of a real NIC ROM, and again after a power cycle that nobody told us of. */
async function testFirmware(lab: Lab): Promise<void> {
  const path = join(lab.folder, 'qemu.sock');
  const port = await openStreamPort({
    path,
    attach: (deliver) => lab.wire.attach('node', deliver),
    events: { connected() {}, disconnected() {}, noted() {} },
  });
  for (const boot of ['first boot', 'power cycled in secret']) {
    await t.test(`QEMU's NIC ROM, ${boot} -> loads iPXE, which is given the root path`, async (t) => {
      const said = await consoleUntil(qemuArgv(path), /Root path: .*\r/);
      // Not its `ok`: on a busy machine a percentage comes between.
      t.match(said, 'tftp://10.99.0.1/undionly.kpxe...');
      t.match(said, `Root path: ${ROOT1.rootPath}`);
      t.equal(said.match(/iPXE initialising devices/g)?.length, 2, 'the NIC ROM, then what it loaded');
    });
  }
  await port.close();
}

function qemuArgv(socket: string): readonly [string, ...string[]] {
  const words = `-accel tcg,tb-size=32 -machine pc,graphics=off -m 64 -nodefaults -display none -serial stdio
    -boot order=n,strict=on -device virtio-net-pci,netdev=n,mac=52:54:00:99:00:02
    -netdev stream,id=n,server=off,addr.type=unix,addr.path=${socket}`;
  return ['qemu-system-x86_64', ...words.split(/\s+/)];
}

function captureOf(lab: Lab): Promise<CaptureFile> {
  const path = join(lab.folder, 'wire.pcapng');
  return openCaptureFile({ path, clock: lab.clock, noted: (fault) => t.fail(fault.code) });
}

async function testCapture(lab: Lab): Promise<void> {
  const dissected = '-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -d udp.port==49152-49183,tftp';
  const fields = '-T fields -e _ws.malformed -e dhcp.option.dhcp -e tftp.opcode -e _ws.col.Info';
  await t.test('tshark over all of it -> DHCP and TFTP, nothing malformed, no bad checksum', async (t) => {
    const { output } = await lab.run(
      `tshark -r wire.pcapng ${dissected} ${fields} -Y 'dhcp or tftp.opcode == 6 or ${WRONG}' 2> errors`,
    );
    const lines = output.split('\n').filter((line) => line !== '');
    t.strictSame(
      lines.filter((line) => !/^\t([1-8]\t|\t6\t)/.test(line)),
      [],
    );
    t.ok(lines.filter((line) => line.startsWith('\t5\t')).length > 190, 'the acknowledgements');
    t.ok(lines.filter((line) => line.startsWith('\t\t6\t')).length > 5, 'the option acknowledgements');
  });
}

/** Runs a program until its output matches, then ends it. @returns what it said, also when it never matched for 60 s */
async function consoleUntil(argv: readonly [string, ...string[]], awaited: RegExp): Promise<string> {
  let said = '';
  const seen = new Promise<void>((resolve) => {
    const node = startProcess({
      argv,
      input: 'pipe',
      onOutput(bytes) {
        said += bytes.toString('latin1');
        // Any key ends iPXE's wait of 2 s for somebody who wants its command line.
        if (said.endsWith('Ctrl-B for the iPXE command line...')) node.write(' ');
        if (awaited.test(said)) node.kill('SIGKILL');
      },
    });
    AbortSignal.timeout(60_000).addEventListener('abort', () => node.kill('SIGKILL'));
    void node.ended.then(() => resolve());
  });
  await seen;
  return said;
}
