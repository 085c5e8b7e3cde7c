import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { DEBIAN_PACKAGE_OF, findProgram } from '../process/program.js';
import { runProcess } from '../process/run.js';
import type { AcceleratorChoice } from './accelerator.js';
import { QEMU } from './argv.js';

/** One thing that this host has or lacks. */
export interface HostCheck {
  /** What was looked for: `qemu`, `ipxe.undionly`. */
  readonly name: string;
  readonly isFine: boolean;
  /** Emulation cannot do without it. */
  readonly isNeeded: boolean;
  /** What was found, for a person. */
  readonly found: string;
  /** The Debian package that mends it; null where none does, or nothing is to be mended. */
  readonly debianPackage: string | null;
}

/** The efi- ROMs hold the BIOS code too, and are what QEMU's machine types load by themselves. */
const FILES = [
  { name: 'ipxe.undionly', file: '/usr/lib/ipxe/undionly.kpxe', debianPackage: 'ipxe' },
  { name: 'ipxe.virtio-rom', file: '/usr/lib/ipxe/qemu/efi-virtio.rom', debianPackage: 'ipxe-qemu' },
  { name: 'ipxe.e1000-rom', file: '/usr/lib/ipxe/qemu/efi-e1000.rom', debianPackage: 'ipxe-qemu' },
  { name: 'seabios', file: '/usr/share/seabios/bios-256k.bin', debianPackage: 'seabios' },
] as const;

/** A node takes 187 MB with 128 MiB of memory (measured), and metalrig itself up to 150. */
const MEMORY_NEEDED_BYTES = 512 * 1024 * 1024;

/** What this host can do for emulated nodes. Looks only; starts nothing but `qemu --version` and the given probe. */
export async function emulationChecks(accelerator: () => Promise<AcceleratorChoice>): Promise<readonly HostCheck[]> {
  const qemu = await qemuCheck();
  return [
    qemu,
    ...FILES.map(fileCheck),
    programCheck('setpriv', false),
    ...(qemu.isFine ? [await acceleratorCheck(accelerator)] : []),
    fact('memory', totalmem() >= MEMORY_NEEDED_BYTES, `${Math.round(totalmem() / 1024 ** 2)} MiB`),
    fact('cores', true, String(availableParallelism())),
  ];
}

/** The command that installs what the checks found missing; null when they found nothing to install. */
export function mendingCommand(checks: readonly HostCheck[]): string | null {
  const packages = new Set(checks.filter((check) => !check.isFine).flatMap((check) => check.debianPackage ?? []));
  return packages.size === 0 ? null : `apt-get install ${[...packages].sort().join(' ')}`;
}

async function qemuCheck(): Promise<HostCheck> {
  const check = programCheck(QEMU, true);
  if (!check.isFine) return { ...check, name: 'qemu' };
  const { exitCode, output, errorTail } = await runProcess({ argv: [QEMU, '--version'] });
  const [firstLine = ''] = output.toString('utf8').split('\n');
  return { ...check, name: 'qemu', isFine: exitCode === 0, found: exitCode === 0 ? firstLine : errorTail };
}

async function acceleratorCheck(accelerator: () => Promise<AcceleratorChoice>): Promise<HostCheck> {
  const choice = await accelerator();
  // TCG is quick enough for everything here, so it is not a fault of the host.
  return fact('accelerator', true, `${choice.accelerator}: ${choice.reason}`);
}

function programCheck(program: string, isNeeded: boolean): HostCheck {
  const file = findProgram(program);
  const debianPackage = DEBIAN_PACKAGE_OF[program] ?? null;
  return { name: program, isFine: file !== null, isNeeded, found: file ?? 'not installed', debianPackage };
}

function fileCheck({ name, file, debianPackage }: (typeof FILES)[number]): HostCheck {
  const isFine = existsSync(file);
  // Only virtio's ROM boots the root node; e1000 is for those who choose it.
  return { name, isFine, isNeeded: name !== 'ipxe.e1000-rom', found: isFine ? file : `no ${file}`, debianPackage };
}

function fact(name: string, isFine: boolean, found: string): HostCheck {
  return { name, isFine, isNeeded: true, found, debianPackage: null };
}
