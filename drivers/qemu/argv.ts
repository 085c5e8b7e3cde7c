import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Drive } from '../../core/ports/machine-room.js';
import { bootOrder, CD_DRIVE, diskName, nicName, USB_STICK } from './boot-order.js';
import type { Accelerator, GuestTime, QemuDisk, QemuKernel, QemuNic, QemuNode } from './node.js';
import { checkedSocketPath } from './socket-path.js';
import type { UnitPlace } from './unit-place.js';

export const QEMU = 'qemu-system-x86_64';

export interface QemuArgvOptions {
  readonly accelerator: Accelerator;
  readonly bootDevice: BootDevice;
  /** Files in the drives of a node that has some. */
  readonly media?: ReadonlyMap<Drive, string>;
  /** Unix socket on which we listen; QEMU connects to it, so that nobody has to try again until it is there. */
  readonly monitorPath: string;
  readonly guestTime: GuestTime;
  /** It outlives us: its sockets are its own, in this place, and it writes its console to `log` itself. */
  readonly own?: { readonly place: UnitPlace; readonly log: string };
}

/** The guest's wall clock at power-on: always the same, so that nothing in a run depends on today's date. */
const CLOCK_AT_POWER_ON = '2011-07-01T00:00:00';

/**
 * argv of one node's QEMU. Pure: the journal and the tests print this very list.
 * The serial console is on stdin and stdout, the monitor (QMP) on a Unix socket; of one that outlives us both are on
 * sockets of its own, and so is its NIC, since QEMU 7.2 connects to nobody twice.
 *
 * @throws FaultError QMU-006 when a socket's path is too long
 */
export function qemuArgv(node: QemuNode, options: QemuArgvOptions): readonly [string, ...string[]] {
  const order = bootOrder(node, options.bootDevice);
  const bootIndex = (name: string): string => (order.includes(name) ? `,bootindex=${order.indexOf(name) + 1}` : '');
  const words = [
    // -S: the guest waits for the monitor's `cont`, so that all evidence comes after the power-on.
    ['-name', node.node, '-S'],
    machineArgv(node, options),
    node.onReset === 'again' ? [] : ['-no-reboot'],
    options.own === undefined ? [] : leavingArgv(options.own.place),
    ['-chardev', consoleChardev(options), '-serial', 'chardev:console'],
    ['-chardev', monitorChardev(options), '-mon', 'chardev=monitor,mode=control'],
    ...node.nics.map((nic, index) =>
      nicArgv(nic, index, { bootIndex, server: options.own === undefined ? 'off' : 'on' }),
    ),
    disksArgv(node.disks ?? [], bootIndex),
    node.hasDrives === true ? drivesArgv(options.media ?? new Map(), bootIndex) : [],
    node.kcsPort === undefined ? [] : kcsArgv(node.kcsPort),
    node.kernel === undefined ? [] : kernelArgv(node.kernel),
  ];
  return [QEMU, ...words.flat()];
}

/** -D keeps its stderr, which -daemonize would close; what `unimp` adds to that a PC's firmware does not come upon. */
function leavingArgv({ pidFile, errors }: UnitPlace): readonly string[] {
  return ['-daemonize', '-pidfile', pidFile, '-D', errors, '-d', 'unimp'];
}

/** What is printed while nobody is connected is in the log all the same. */
function consoleChardev({ own }: QemuArgvOptions): string {
  if (own === undefined) return 'stdio,id=console,signal=off';
  const { place, log } = own;
  return `socket,id=console,server=on,wait=off,path=${checkedPath(place.console)},logfile=${escaped(log)},logappend=on`;
}

function monitorChardev({ own, monitorPath }: QemuArgvOptions): string {
  if (own === undefined) return `socket,id=monitor,server=off,path=${checkedPath(monitorPath)}`;
  return `socket,id=monitor,server=on,wait=off,path=${checkedPath(own.place.monitor)}`;
}

function machineArgv(node: QemuNode, { accelerator, guestTime }: QemuArgvOptions): readonly string[] {
  // tb-size bounds QEMU's cache of translated code: 32 MiB boots as fast as 512, and saves 46 MB a node (measured).
  const accel = accelerator === 'tcg' ? 'tcg,tb-size=32' : 'kvm';
  // With sleep=off virtual time jumps to the next timer when the guest idles. Shift 6 was the fastest that is still
  // faithful; without clock=vm for the RTC no two runs are alike (measured, virtual time).
  const isCounted = guestTime === 'instructions';
  return [
    ['-accel', accel],
    isCounted ? ['-icount', 'shift=6,sleep=off'] : [],
    ['-rtc', `base=${CLOCK_AT_POWER_ON}${isCounted ? ',clock=vm' : ''}`],
    // graphics=off makes SeaBIOS copy what INT 10h prints to the serial port: iPXE, and GRUB before its own set-up.
    ['-machine', 'pc,graphics=off', '-m', String(node.memory_mib)],
    ['-nodefaults', '-no-user-config', '-display', 'none', '-boot', 'strict=on'],
  ].flat();
}

/** A device's place in the boot order, as its property; empty for one that has none. */
type BootIndex = (name: string) => string;

interface NicPlace {
  readonly bootIndex: BootIndex;
  /** Whether QEMU listens at the wire's path, or we do. */
  readonly server: 'on' | 'off';
}

function nicArgv(nic: QemuNic, index: number, { bootIndex, server }: NicPlace): readonly string[] {
  const name = nicName(index);
  return [
    '-netdev',
    `stream,id=net${index},server=${server},addr.type=unix,addr.path=${checkedPath(nic.wirePath)}`,
    '-device',
    `${nic.model},id=${name},netdev=net${index},mac=${nic.mac}${bootIndex(name)}`,
  ];
}

function disksArgv(disks: readonly QemuDisk[], bootIndex: BootIndex): readonly string[] {
  const controller = disks.some((disk) => disk.model === 'scsi-hd') ? ['-device', 'virtio-scsi-pci,id=scsi'] : [];
  return [...controller, ...disks.flatMap((disk, index) => diskArgv(disk, index, bootIndex))];
}

/** A CD drive, empty or not, whose medium can be changed; and a stick where there is one. */
function drivesArgv(media: ReadonlyMap<Drive, string>, bootIndex: BootIndex): readonly string[] {
  const [disc, stick] = [media.get('cdrom'), media.get('usb')];
  const inside = disc === undefined ? '' : `,format=raw,file=${escaped(disc)}`;
  return [
    ['-drive', `if=none,id=disc,media=cdrom,readonly=on${inside}`],
    ['-device', `ide-cd,id=${CD_DRIVE},drive=disc${bootIndex(CD_DRIVE)}`],
    ...(stick === undefined ? [] : [stickArgv(stick, bootIndex)]),
  ].flat();
}

function stickArgv(file: string, bootIndex: BootIndex): readonly string[] {
  return [
    ['-device', 'qemu-xhci,id=usb'],
    ['-drive', `if=none,id=stick,format=raw,readonly=on,file=${escaped(file)}`],
    ['-device', `usb-storage,id=${USB_STICK},bus=usb.0,drive=stick${bootIndex(USB_STICK)}`],
  ].flat();
}

/** The guest's own way to the BMC that manages it. @see QEMU, docs/specs/ipmi.rst */
function kcsArgv(port: number): readonly string[] {
  return [
    ['-chardev', `socket,id=kcs,host=127.0.0.1,port=${port},reconnect=1`],
    ['-device', 'ipmi-bmc-extern,id=bmc0,chardev=kcs', '-device', 'isa-ipmi-kcs,bmc=bmc0'],
  ].flat();
}

/**
 * A rack's disks are thrown away with it: unsafe means that nobody waits for the host to flush. What a guest discards
 * or wipes with zeros becomes a hole of the host's file again.
 */
const DISK_HABITS = 'cache=unsafe,discard=unmap,detect-zeroes=unmap';

function diskArgv(disk: QemuDisk, index: number, bootIndex: BootIndex): readonly string[] {
  const bus = disk.model === 'scsi-hd' ? ',bus=scsi.0' : '';
  return [
    '-drive',
    `if=none,id=disk${index},format=${disk.format},${DISK_HABITS},file=${escaped(disk.file)}`,
    '-device',
    `${disk.model},id=${diskName(index)},drive=disk${index}${bus}${bootIndex(diskName(index))}`,
  ];
}

function kernelArgv(kernel: QemuKernel): readonly string[] {
  const initrd = kernel.initrd === undefined ? [] : ['-initrd', kernel.initrd];
  return ['-kernel', kernel.file, ...initrd, '-append', kernel.commandLine];
}

function checkedPath(path: string): string {
  return escaped(checkedSocketPath(path));
}

/** QEMU's option lists end a value at a comma; a doubled comma stands for one. */
function escaped(text: string): string {
  return text.replaceAll(',', ',,');
}
