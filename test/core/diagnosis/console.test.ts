import t from 'tap';
import fc from 'fast-check';
import { NEW_CONSOLE } from '../../../core/diagnosis/console-memory.js';
import { readConsole, type ConsoleLine } from '../../../core/diagnosis/console.js';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';

const node = nodeId('root1');

/** What SeaBIOS 1.16.2 and Debian's iPXE printed on QEMU, shortened to the lines that could matter. */
const ROM = [
  'SeaBIOS (version 1.16.2-debian-1.16.2-1)',
  'iPXE (http://ipxe.org) 00:02.0 C000 PCI2.10 PnP PMM+06FCF110+06F0F110 C000',
  'Booting from ROM...',
  'iPXE initialising devices...ok',
  'iPXE 1.0.0+git-20190125.36a4c85-5.1 -- Open Source Network Boot Firmware -- http://ipxe.org',
  'net0: 52:54:00:99:00:01 using virtio-net on 0000:00:02.0 (open)',
];
const LEASE = [
  'Configuring (net0 52:54:00:99:00:01)... ok',
  'net0: 10.99.0.101/255.255.255.0',
  'net0: fe80::5054:ff:fe99:1/64',
];
const BOOT_FILE = ['Next server: 10.99.0.1', 'Filename: undionly.kpxe'];
const LOADED = [
  'tftp://10.99.0.1/undionly.kpxe... ok',
  'undionly.kpxe : 74213 bytes [PXE-NBP]',
  'iPXE initialising devices...ok',
  'iPXE 1.0.0+git-20190125.36a4c85-5.1 -- Open Source Network Boot Firmware -- http://ipxe.org',
  'net0: 52:54:00:99:00:01 using undionly on 0000:00:02.0 (open)',
  '[TXE: 1 x "Network unreachable (http://ipxe.org/28086011)"]',
];
const ROOT_PATH = ['Root path: iscsi:10.99.0.1:::1:iqn.2011-01.lab:root1'];
const TARGET = 'iqn.2011-01.lab:root1';
const SAN = ['Registered SAN device 0x80', 'Booting from SAN device 0x80'];
const GIVEN_UP = ['No more network devices', 'Boot failed: could not read the boot disk', 'No bootable device.'];
const TO_IPXE = [...ROM, ...LEASE, ...BOOT_FILE, ...LOADED];
const TO_SAN = [...TO_IPXE, ...LEASE, ...ROOT_PATH];
const WHOLE_BOOT = [
  ...TO_SAN,
  ...SAN,
  'GRUB loading..',
  'Welcome to GRUB!METALRIG STAGE bootloader',
  'METALRIG STAGE kernel',
  '[    0.000000] Linux version 6.1.0-56-cloud-amd64',
  '[    1.234567] NET: Registered protocol family',
  'METALRIG STAGE userland lun=sda',
  '[    3.456789] EXT4-fs (sda1): mounted',
  'METALRIG READY node=root1 image=lucid',
];

/** The same of a mesh node, as it boots slot 7 of its disk; DHCP names a script, and nothing is registered. */
const SCRIPT = ['Filename: http://10.99.0.1/boot/mesh1.ipxe', 'http://10.99.0.1/boot/mesh1.ipxe... ok'];
const TO_SCRIPT = [...TO_IPXE, ...LEASE, ...SCRIPT, 'mesh1.ipxe : 42 bytes [script]'];
const TO_DISK = [...TO_SCRIPT, 'Booting from SAN device 0x80'];
const FIRST_GRUB = ['GRUB loading.', 'Welcome to GRUB!METALRIG STAGE bootloader.mbr', 'METALRIG CHAINLOAD slot=7'];
const MESH_BOOT = [
  ...TO_DISK,
  ...FIRST_GRUB,
  'GRUB loading..Welcome to GRUB!',
  'METALRIG STAGE bootloader.slot',
  'METALRIG STAGE kernel',
  '[    0.000000] Linux version 6.1.0-56-cloud-amd64',
  'METALRIG STAGE userland root=/dev/sda11',
  'METALRIG READY node=mesh1 image=lucid',
];
const RAMDISK_BOOT = [
  ...TO_SCRIPT,
  'http://10.99.0.1/deploy/vmlinuz... ok',
  '[    0.000000] Linux version 6.1.0-56-cloud-amd64',
  'METALRIG STAGE ramdisk',
];

function observe(lines: readonly ConsoleLine[]): readonly Observation[] {
  let memory = NEW_CONSOLE;
  return lines.flatMap((line) => {
    const reading = readConsole(memory, node, line);
    memory = reading.memory;
    return reading.observations;
  });
}

function whole(lines: readonly string[]): readonly ConsoleLine[] {
  return lines.map((text) => ({ text, isWhole: true }));
}

/** `kernel`, `trouble BOOT-003`, `ended BOOT-006`, `ended`. */
function brief(observation: Observation): string {
  if (observation.kind === 'reached') return observation.stage;
  return `${observation.kind} ${observation.fault?.code ?? ''}`.trim();
}

void t.test('console: a whole boot -> each stage once, in order', async (t) => {
  const seen = observe(whole(WHOLE_BOOT));
  t.strictSame(seen.map(brief), ['firmware', 'iscsi.boot', 'bootloader', 'kernel', 'userland', 'up']);
  t.match(seen.at(-1), { node, source: 'console', what: 'METALRIG READY node=root1 image=lucid' });
});

const MESH_STAGES = ['firmware', 'ipxe.script', 'bootloader.mbr', 'bootloader.slot', 'kernel', 'userland', 'up'];

void t.test('console: a mesh node from its slot -> both GRUBs told apart, and no LUN', async (t) => {
  t.strictSame(observe(whole(MESH_BOOT)).map(brief), MESH_STAGES);
  const unmarked = MESH_BOOT.filter((line) => !line.includes('METALRIG STAGE bootloader'));
  t.strictSame(observe(whole(unmarked)).map(brief), MESH_STAGES, 'without the marks of our configurations');
  const deaf = MESH_BOOT.filter((line) => !line.includes('GRUB'));
  t.strictSame(observe(whole(deaf)).map(brief), MESH_STAGES, 'without banners');
  const glued = [...TO_DISK, `${FIRST_GRUB.join('')}GRUB loading.Welcome to GRUB!METALRIG STAGE bootloader.slot`];
  t.strictSame(observe(whole(glued)).map(brief), MESH_STAGES.slice(0, 4), 'all in one line');
});

void t.test('console: a mesh node into the deploy ramdisk -> script, kernel, ramdisk', async (t) => {
  t.strictSame(observe(whole(RAMDISK_BOOT)).map(brief), ['firmware', 'ipxe.script', 'kernel', 'ramdisk']);
});

void t.test('console: one boot from the disk, the next from a LUN -> the second knows nothing of slots', async (t) => {
  const second = observe(whole([...MESH_BOOT, ...WHOLE_BOOT])).slice(MESH_STAGES.length);
  t.strictSame(second.map(brief), ['firmware', 'iscsi.boot', 'bootloader', 'kernel', 'userland', 'up']);
});

void t.test('console: the firmware again -> a new boot from the start', async (t) => {
  t.strictSame(observe(whole([...WHOLE_BOOT, ...WHOLE_BOOT])).length, 2 * observe(whole(WHOLE_BOOT)).length);
});

void t.test(
  'console: for every boot whose lines grow bit by bit -> the same observations as from whole lines',
  async (t) => {
    const hung = ['grub rescue> ', 'Kernel panic - not syncing: VFS', ...GIVEN_UP];
    const lines = [...MESH_BOOT, `x${FIRST_GRUB.join('')}GRUB loading.`, ...WHOLE_BOOT.slice(0, -1), ...hung];
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 40 }), (cuts) => {
        const growing = lines.flatMap((text, index) => [
          { text: text.slice(0, cuts[index] ?? 0), isWhole: false },
          { text, isWhole: false },
          { text, isWhole: true },
        ]);
        t.strictSame(observe(growing).map(brief), observe(whole(lines)).map(brief));
      }),
    );
  },
);

void t.test('console: for every text -> never a throw', async (t) => {
  const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom(...WHOLE_BOOT, ...MESH_BOOT, ...GIVEN_UP)), {
    maxLength: 20,
  });
  fc.assert(fc.property(texts, (lines) => observe(whole(lines)).length >= 0));
  t.pass();
});

const san = (text: string, code: string): readonly string[] => [
  ...TO_SAN,
  `Could not open SAN device: ${text} (http://ipxe.org/${code})`,
];
const refused = (status: string): object => ({ code: 'BOOT-004', target: TARGET, status });

/** Each provoked on QEMU by a service that failed in that way. */
const failures: readonly (readonly [string, readonly string[], object])[] = [
  [
    'nobody answers at all',
    [
      ...ROM,
      'Configuring (net0 52:54:00:99:00:01)...... No configuration methods succeeded (http://ipxe.org/040ee119)',
    ],
    { code: 'BOOT-002', stage: 'pxe.dhcp' },
  ],
  [
    'a router answers and DHCP does not',
    [
      ...ROM,
      'Configuring (net0 52:54:00:99:00:01)...... ok',
      'net0: fe80::5054:ff:fe99:1/64',
      'Nothing to boot: No such file or directory (http://ipxe.org/2d03e13b)',
    ],
    { code: 'BOOT-002', stage: 'pxe.dhcp' },
  ],
  [
    'DHCP gives an address and no boot file',
    [...ROM, ...LEASE, 'Nothing to boot: No such file or directory (http://ipxe.org/2d03e13b)'],
    { code: 'BOOT-008', stage: 'pxe.dhcp' },
  ],
  [
    'the boot file is not there',
    [
      ...ROM,
      ...LEASE,
      ...BOOT_FILE,
      'tftp://10.99.0.1/undionly.kpxe... No such file or directory (http://ipxe.org/2d12603b)',
    ],
    { code: 'BOOT-003', file: 'undionly.kpxe' },
  ],
  [
    'TFTP is silent',
    [
      ...ROM,
      ...LEASE,
      ...BOOT_FILE,
      'tftp://10.99.0.1/undionly.kpxe......... Connection timed out (http://ipxe.org/4c126035)',
    ],
    { code: 'BOOT-008', stage: 'pxe.tftp' },
  ],
  [
    'DHCP is silent for the loaded iPXE',
    [...TO_IPXE, ...LEASE, ...BOOT_FILE, ...LOADED],
    { code: 'BOOT-002', stage: 'ipxe.dhcp' },
  ],
  ['the root path is empty', san('Error 0x3f122003', '3f122003'), { code: 'BOOT-008', stage: 'ipxe.dhcp' }],
  ['the portal refuses the connection', san('Connection reset', '0f0a6039'), { code: 'BOOT-009', target: TARGET }],
  ['the portal is silent', san('Connection timed out', '4c0a6035'), { code: 'BOOT-009', target: TARGET }],
  ['login status 0201', san('Operation not permitted', '410d613c'), refused('authentication failed (0201)')],
  ['login status 0202', san('Operation not permitted', '410d623c'), refused('not authorised (0202)')],
  ['login status 0203', san('No such device', '2c0d603b'), refused('no such target (0203)')],
  ['login status 0300', san('Operation not supported', '3c0d6403'), refused('target error (0300)')],
  ['the target has no such LUN', san('Input/output error', '1d704039'), refused('no such LUN')],
  [
    'another iPXE says it otherwise',
    san('Permission denied', '0216eb8f'),
    refused('Permission denied (iPXE 0216eb8f)'),
  ],
  [
    'the script is not there',
    [
      ...TO_IPXE,
      ...LEASE,
      'Filename: http://10.99.0.1/boot/mesh1.ipxe',
      'http://10.99.0.1/boot/mesh1.ipxe... No such file or directory (http://ipxe.org/2d0c613b)',
    ],
    { code: 'BOOT-010', file: '/boot/mesh1.ipxe' },
  ],
  [
    'what the script loads is not there',
    [...TO_SCRIPT, 'http://10.99.0.1/none... No such file or directory (http://ipxe.org/2d0c613b)'],
    { code: 'BOOT-008', stage: 'ipxe.script', text: '/none is not on the HTTP server' },
  ],
  [
    'HTTP is silent',
    [...TO_SCRIPT, 'http://10.99.0.1/none...... Connection timed out (http://ipxe.org/4c0a6035)'],
    { code: 'BOOT-008', stage: 'ipxe.script', text: '/none was not loaded (iPXE 4c0a6035)' },
  ],
  [
    'the disk has no signature',
    [
      ...TO_DISK,
      'Boot from SAN device 0x80 failed: Input/output error (http://ipxe.org/1d852039)',
      'Could not boot image: Input/output error (http://ipxe.org/1d852039)',
    ],
    { code: 'BOOT-011' },
  ],
  ['the slot is empty', [...TO_DISK, ...FIRST_GRUB, 'error: invalid signature.'], { code: 'BOOT-012', slot: 'slot 7' }],
  [
    'the first GRUB lacks a file',
    [...TO_DISK, ...FIRST_GRUB.slice(0, -1), 'error: file not found.'],
    { code: 'BOOT-008', stage: 'bootloader.mbr' },
  ],
  [
    'the second GRUB lacks a file',
    [...TO_DISK, ...FIRST_GRUB, 'GRUB loading.', 'error: file not found.'],
    { code: 'BOOT-008', stage: 'bootloader.slot' },
  ],
  [
    'the LUN has no signature',
    [...TO_SAN, ...SAN, 'Boot from SAN device 0x80 failed: Input/output error (http://ipxe.org/1d852039)'],
    { code: 'BOOT-005', target: TARGET },
  ],
];

for (const [name, lines, fault] of failures) {
  void t.test(`console: ${name} -> trouble with its cause, then the end`, async (t) => {
    const seen = observe(whole([...lines, ...GIVEN_UP]));
    const notReached = seen.filter((observation) => observation.kind !== 'reached');
    t.match(notReached, [
      { kind: 'trouble', fault },
      { kind: 'ended', fault: null },
    ]);
    t.equal(notReached.length, 2);
  });
}

void t.test('console: what ends a boot by itself -> ended with its cause', async (t) => {
  const endOf = (lines: readonly string[]): unknown => observe(whole([...TO_SAN, ...SAN, ...lines])).at(-1);
  t.match(endOf(['[    2.0] Kernel panic - not syncing: VFS: Unable to mount root fs']), {
    kind: 'ended',
    fault: { code: 'BOOT-006', text: 'VFS: Unable to mount root fs' },
  });
  t.match(endOf(['GRUB loading.', "error: file `/boot/x' not found."]), {
    kind: 'trouble',
    fault: { code: 'BOOT-008', stage: 'bootloader' },
  });
  t.match(endOf(['grub rescue>']), { kind: 'ended', fault: { code: 'BOOT-008', stage: 'bootloader' } });
  t.match(observe(whole([...TO_DISK, ...FIRST_GRUB, 'METALRIG slot 7 has no boot loader'])).at(-1), {
    kind: 'ended',
    fault: { code: 'BOOT-012', slot: 'slot 7' },
  });
  t.match(endOf(['Installation failed - cannot continue']), { kind: 'ended', fault: { stage: 'pxe.tftp' } });
});
