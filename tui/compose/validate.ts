import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '../../core/evidence.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId, type NodeId } from '../../core/ids.js';
import type { BootContext } from '../../core/machines/boot-context.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import type { DiskSizes } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import type { Bundle } from '../../drivers/run-bundle/bundle.js';
import type { WorldOutcome } from '../world.js';
import { playFrom, type RackSource } from './emulated.js';
import type { LunImage } from './luns.js';
import type { SlotImage } from './slot-image.js';

/** Whether an image is fit for a fleet: it came up, or its boot stopped at this stage for this reason. */
export type Validation =
  | { readonly ok: true; readonly took_ms: number }
  | { readonly ok: false; readonly stage: Stage; readonly fault: Fault };

/** What is to be booted. It is read only. */
export type Candidate =
  | { readonly from: 'lun'; readonly lun: LunImage }
  | { readonly from: 'slot'; readonly slot: SlotImage };

export interface ValidationParts {
  readonly image: string;
  readonly candidate: Candidate;
  readonly signal: AbortSignalLike;
  /** What is going on, for a person who waits. */
  readonly progress?: (text: string) => void;
}

export type Validate = (parts: ValidationParts) => Promise<Validation>;

const MIB = 1024 * 1024;
const siteOf = (node: string, slot_mib: number): string => `version: 1
name: validation
network:
  subnet: 10.98.0.0/24
  server: 10.98.0.1
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig.validation
images:
  candidate: { kind: root }
disk: { boot: 64MiB, swap: 16MiB, reserved: 16MiB, slot: ${slot_mib}MiB, slots: 1 }
nodes:
  validator:
    ${node}
    world: emulated
    mac: 52:54:00:98:00:11
    address: 10.98.0.11
    image: candidate
`;
const SCENARIO = `version: 1
name: validation
description: An image is booted once before it is accepted.
site: validation.site.yaml
expect:
  all: { outcome: up }
`;

/**
 * Boots an image once, from a LUN or from a slot, on a node and a wire of its own, with the machine that every boot
 * goes by. Changes nothing but a directory that is gone afterwards, so that asked again it is done again.
 *
 * @throws FaultError CLI-002 when the signal was aborted; HOST, PAY and QMU when there is nothing to boot it on;
 *   BOOT-008 when the ramdisk could not write the slot
 */
export function validateIn({ slot_bytes }: Pick<DiskSizes, 'slot_bytes'>): Validate {
  return async ({ image, candidate, signal, progress }) => {
    const directory = mkdtempSync(join(tmpdir(), 'metalrig-validation-'));
    const abort = new AbortController();
    const interrupt = (): void => abort.abort();
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      const slot_mib = Math.floor(slot_bytes / MIB);
      const node = candidate.from === 'slot' ? 'kind: mesh\n    slot: 1' : 'kind: root';
      const plan = planOf(
        SCENARIO,
        'validation.scenario.yaml',
        parseSite(siteOf(node, slot_mib), 'validation.site.yaml'),
      );
      const nodes = plan.nodes.map(({ id }) => id);
      const quiet = {
        append: () => true,
        onEntered: () => {},
        onSlotProgress: () => {},
        progress: progress ?? (() => {}),
      };
      const parts = { ...quiet, plan, seed: 1, steppers: compiledSteppers(), bundle: bundleIn(directory) };
      const outcome = await playFrom({ ...parts, signal: abort.signal }, sourceOf(image, candidate, nodes));
      return verdictOf(outcome, nodes[0]);
    } finally {
      signal.removeEventListener('abort', interrupt);
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

function sourceOf(image: string, candidate: Candidate, nodes: readonly NodeId[]): RackSource {
  if (candidate.from === 'lun') return { offer: ({ luns }) => luns.offer({ image, nodes }, candidate.lun) };
  return { offer: () => {}, slotImage: () => Promise.resolve(candidate.slot) };
}

/** What the rack writes of a run, with nobody to read it. */
function bundleIn(directory: string): Bundle {
  const path = (name: string): string => join(directory, name);
  mkdirSync(directory, { recursive: true });
  return { directory, path, write: () => {} };
}

function verdictOf({ how, standing, virtual_ms }: WorldOutcome, node: NodeId | undefined) {
  if (how !== 'settled' || node === undefined) throw new FaultError({ code: 'CLI-002', kind: 'interrupted' });
  const boot = standing(machineId('boot', node));
  assert(boot !== undefined, 'a run that settled has booted its node');
  if (boot.state === 'up') return { ok: true, took_ms: virtual_ms } as const;
  const { failure } = boot.context as BootContext;
  assert(failure !== null, 'a boot that is not up has failed');
  return { ok: false, stage: failure.stage, fault: failure.cause } as const;
}
