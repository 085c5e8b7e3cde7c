import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { runProcess } from '../process/run.js';
import { QEMU } from './argv.js';
import type { Accelerator } from './node.js';
import { PROBE_EXIT_CODE, probeImage } from './probe-image.js';

/** TCG takes 0.25 to 0.45 s for the probe and a processor's own virtualisation less; KVM-PVM over 20 s (measured). */
const PROBE_LIMIT_MS = 1_500;

export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** Half a sentence for a person: why it is this one. */
  readonly reason: string;
}

export interface AcceleratorOptions {
  readonly clock: Clock;
  /** Where the kernel's device and its modules are; given by tests. */
  readonly device?: string;
  readonly modules?: string;
}

/**
 * Finds out once what really runs guests here. That /dev/kvm is there, that KVM opens, and even that SeaBIOS boots
 * under it prove nothing: each was seen on a host where Linux dies after two minutes.
 * @returns asks; the second time on it answers from memory
 */
export function openAcceleratorProbe(options: AcceleratorOptions): () => Promise<AcceleratorChoice> {
  let choice: Promise<AcceleratorChoice> | null = null;
  return () => (choice ??= choose(options));
}

async function choose(options: AcceleratorOptions): Promise<AcceleratorChoice> {
  const { clock, device = '/dev/kvm', modules = '/sys/module' } = options;
  const obstacle = whyNoKvm(device, modules);
  if (obstacle !== null) return { accelerator: 'tcg', reason: obstacle };
  const outcome = await probe('kvm', clock);
  if (outcome === 'ran') return { accelerator: 'kvm', reason: `${device} ran the probe guest in time` };
  return { accelerator: 'tcg', reason: `${device} opens, but the probe guest ${outcome}` };
}

/** What can be told without starting anything: half a sentence, or null when only the probe can tell. */
function whyNoKvm(device: string, modules: string): string | null {
  if (!existsSync(device)) return `there is no ${device}`;
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return `${device} is not writable for this user (on Debian: adduser $USER kvm)`;
  }
  const hasModule = (name: string): boolean => existsSync(join(modules, name));
  const isPvmAlone = hasModule('kvm_pvm') && !hasModule('kvm_intel') && !hasModule('kvm_amd');
  return isPvmAlone ? 'KVM here is PVM, which emulates an unmodified guest instruction by instruction' : null;
}

/** Runs the probe guest; `ran`, else half a sentence on what it did instead. */
export async function probe(accelerator: Accelerator, clock: Clock): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'metalrig-probe-'));
  const abort = new AbortController();
  const timer = clock.setTimer(PROBE_LIMIT_MS, () => abort.abort());
  try {
    const image = join(directory, 'probe.bin');
    await writeFile(image, probeImage());
    const machine = ['-accel', accelerator, '-machine', 'pc', '-m', '64', '-nodefaults', '-display', 'none'];
    const exit = ['-bios', image, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
    const result = await runProcess({ argv: [QEMU, ...machine, ...exit] }, abort.signal);
    if (result.exitCode === PROBE_EXIT_CODE) return 'ran';
    return result.isAborted
      ? `was not done after ${PROBE_LIMIT_MS} ms`
      : `ended with ${result.signal ?? `exit code ${result.exitCode}`}`;
  } finally {
    timer.cancel();
    await rm(directory, { recursive: true, force: true });
  }
}
