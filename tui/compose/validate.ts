import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '../../core/evidence.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId } from '../../core/ids.js';
import type { BootContext } from '../../core/machines/boot-context.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { assert } from '../../core/unreachable.js';
import type { Bundle } from '../../drivers/run-bundle/bundle.js';
import type { WorldOutcome } from '../world.js';
import { playOnLuns } from './emulated.js';
import type { LunImage } from './luns.js';

/** Whether an image is fit for a fleet: it came up, or its boot stopped at this stage for this reason. */
export type Validation =
  | { readonly ok: true; readonly took_ms: number }
  | { readonly ok: false; readonly stage: Stage; readonly fault: Fault };

export interface ValidationParts {
  readonly image: string;
  /** The LUN image; it is read only. */
  readonly lun: LunImage;
  readonly signal: AbortSignal;
  /** What is going on, for a person who waits. */
  readonly progress?: (text: string) => void;
}

const SITE = `version: 1
name: validation
network:
  subnet: 10.98.0.0/24
  server: 10.98.0.1
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig.validation
images:
  candidate: { kind: root }
nodes:
  validator:
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
 * Boots an image once from a LUN, on a node and a wire of its own, with the machine that every boot goes by. Changes
 * nothing but a directory that is gone afterwards, so that asked again it is done again.
 *
 * @throws FaultError CLI-002 when the signal was aborted; HOST, PAY and QMU when there is nothing to boot it on
 */
export async function validateFromLun({ image, lun, signal, progress }: ValidationParts): Promise<Validation> {
  const directory = mkdtempSync(join(tmpdir(), 'metalrig-validation-'));
  try {
    const plan = planOf(SCENARIO, 'validation.scenario.yaml', parseSite(SITE, 'validation.site.yaml'));
    const nodes = plan.nodes.map(({ id }) => id);
    const outcome = await playOnLuns(
      {
        plan,
        seed: 1,
        append: () => true,
        steppers: compiledSteppers(),
        onEntered: () => {},
        bundle: bundleIn(directory),
        signal,
        progress: progress ?? (() => {}),
      },
      ({ luns }) => luns.offer({ image, nodes }, lun),
    );
    return verdictOf(outcome, nodes[0]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the rack writes of a run, with nobody to read it. */
function bundleIn(directory: string): Bundle {
  const path = (name: string): string => join(directory, name);
  mkdirSync(directory, { recursive: true });
  return { directory, path, write: () => {} };
}

function verdictOf({ how, standing, virtual_ms }: WorldOutcome, node: Parameters<typeof machineId>[1] | undefined) {
  if (how !== 'settled' || node === undefined) throw new FaultError({ code: 'CLI-002', kind: 'interrupted' });
  const boot = standing(machineId('boot', node));
  assert(boot !== undefined, 'a run that settled has booted its node');
  if (boot.state === 'up') return { ok: true, took_ms: virtual_ms } as const;
  const { failure } = boot.context as BootContext;
  assert(failure !== null, 'a boot that is not up has failed');
  return { ok: false, stage: failure.stage, fault: failure.cause } as const;
}
