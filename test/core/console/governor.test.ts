import t from 'tap';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hear, mayType, NOTHING_HEARD, otherSide, type Heard } from '../../../core/console/governor.js';
import type { Side } from '../../../core/console/sides.js';

/** Serial consoles of emulated nodes, byte by byte as QEMU wrote them. */
function recorded(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../../test/core/console/${name}`, import.meta.url)), 'latin1');
}

const ROOT_NODE = recorded('root-node.console');
const MESH_NODE = recorded('mesh-node.console');
/** Debian 12 on a serial line: GRUB's menu, the kernel, a login, a shell, and off again. */
const DEBIAN = [
  '\u001b[30m\u001b[47mWelcome to GRUB!\r\n\u001b[H\u001b[J\u001b[1;1H GNU GRUB  version 2.06-13+deb12u1\r\n',
  '*Debian GNU/Linux\r\n The highlighted entry will be executed automatically in 5s.\u001b[5;78H',
  '[    0.000000] Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)\r\n',
  '[    1.234567] EXT4-fs (sda1): mounted filesystem\r\n\r\nDebian GNU/Linux 12 node7 ttyS0\r\n\r\nnode7 login: ',
  'root\r\nPassword: \r\nLast login: Sat Nov 21 19:00:00 UTC 2026\r\nroot@node7:~# ',
  'dmesg | tail -1\r\n[   99.000001] usb 1-1: new high-speed device\r\nroot@node7:~# ',
  '[  120.000001] sda: a message in between\r\n',
  'reboot\r\n[  130.000001] reboot: Restarting system\r\n',
];

/** The sides in the order in which they came up, told byte by byte. */
function sidesOf(text: string): readonly string[] {
  let heard = NOTHING_HEARD;
  const sides: string[] = [];
  for (const character of text) {
    heard = hear(heard, character);
    const { side, isAsked } = otherSide(heard, 0);
    const told = isAsked ? `${side}?` : side;
    if (told !== sides.at(-1)) sides.push(told);
  }
  return sides;
}

void t.test('governor: consoles of emulated nodes -> firmware, iPXE from ROM and loaded, GRUB, kernel', async (t) => {
  t.strictSame(sidesOf(ROOT_NODE), ['silent', 'firmware', 'ipxe', 'firmware', 'ipxe', 'grub', 'kernel']);
  t.strictSame(sidesOf(MESH_NODE), [
    'silent',
    'firmware',
    'ipxe',
    'firmware',
    'ipxe',
    'kernel',
    'firmware',
    'ipxe',
    'firmware',
    'ipxe',
  ]);
});

void t.test('governor: Debian from its menu to its reboot -> who asks for input is known', async (t) => {
  const sides = 'silent grub kernel login? login login? login shell? shell shell? shell firmware';
  t.strictSame(sidesOf(DEBIAN.join('')), sides.split(' '));
});

for (const [situation, text, side, isAsked] of [
  ['iPXE shell', 'iPXE initialising devices...ok\r\niPXE> ', 'ipxe', true],
  ['a command in it is under way', 'iPXE> dhcp\r\nConfiguring (net0 52:54:00:99:00:01)...', 'ipxe', false],
  ['GRUB rescue shell', 'GRUB loading.\r\nerror: unknown filesystem.\r\ngrub rescue> ', 'grub', true],
  ['an initramfs shell', 'ALERT!  UUID=1 does not exist.  Dropping to a shell!\r\n(initramfs) ', 'shell', true],
  ['BusyBox', '[    2.000000] Run /init as init process\r\n/ # ', 'shell', true],
  ['a banner that has not ended', '\r\nPress Ctrl-B for the iPXE command line...', 'ipxe', false],
  ['OVMF', 'BdsDxe: loading Boot0001 "UEFI PXEv4" from PciRoot(0x0)\r\n', 'firmware', false],
  ['a kernel line that looks like a prompt', '[    0.500000] crng: seeding 12 # ', 'kernel', false],
] as const) {
  void t.test(`governor: ${situation} -> ${side}${isAsked ? ', asking' : ''}`, async (t) => {
    t.strictSame(otherSide(hear(NOTHING_HEARD, text), 0), { side, isAsked });
  });
}

void t.test('governor: for every console and every cutting of it -> the same is known', async (t) => {
  const consoles = fc.oneof(
    fc.constantFrom(ROOT_NODE, MESH_NODE, DEBIAN.join('')),
    fc
      .array(fc.constantFrom(...DEBIAN, 'grub> ', '\u001b[', '\r', '\b', 'iPXE> ', '[  0.1'))
      .map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(consoles, fc.array(fc.nat(400), { maxLength: 50 }), (text, lengths) => {
      let rest = text;
      let heard: Heard = NOTHING_HEARD;
      for (const length of lengths) {
        heard = hear(heard, rest.slice(0, length));
        rest = rest.slice(length);
      }
      return JSON.stringify(hear(heard, rest)) === JSON.stringify(hear(NOTHING_HEARD, text));
    }),
  );
  t.pass();
});

void t.test('governor: for every moment of a boot -> no Ctrl-C, Ctrl-B or escape until somebody asks', async (t) => {
  const boots = fc.constantFrom(ROOT_NODE, MESH_NODE);
  fc.assert(
    fc.property(boots, fc.nat(), fc.constantFrom('\u0003', '\u0002', '\u001b', 'ls\u0003'), (text, at, typed) => {
      const heard = hear(NOTHING_HEARD, text.slice(0, at % (text.length + 1)));
      return !mayType(otherSide(heard, 0), typed);
    }),
  );
  const may = (side: Side, isAsked: boolean, text: string): boolean => mayType({ side, isAsked }, text);
  t.ok(may('shell', false, '\u0003') && may('login', false, '\u0004') && may('ipxe', true, '\u0003'));
  t.ok(may('silent', false, '\r') && may('kernel', false, 'a\n'));
  t.notOk(may('grub', false, '\r') || may('firmware', false, ' ') || may('ipxe', false, 'x'));
});

void t.test('governor: quiet for a minute -> a boot that stopped is silence; a shell stays a shell', async (t) => {
  const stuck = hear(NOTHING_HEARD, 'SeaBIOS (version 1.16.2)\r\nNo bootable device.\r\n');
  t.equal(otherSide(stuck, 59_999).side, 'firmware');
  t.equal(otherSide(stuck, 60_000).side, 'silent');
  t.equal(otherSide(hear(NOTHING_HEARD, '/ # '), 3_600_000).side, 'shell');
});
