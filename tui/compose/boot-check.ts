import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageManifest } from '../../core/image/manifest.js';
import { refText } from '../../core/image/ref.js';
import { rootPartition } from '../../core/image/root-partition.js';
import { slotStream } from '../../core/image/slot-stream.js';
import { FaultError } from '../../core/faults/fault.js';
import type { Medium } from '../../core/ports/image.js';
import { MEDIUM_OF_KIND } from '../../core/scenario/parse-lifecycle.js';
import type { DarkStore } from '../../drivers/dark-store/driver.js';
import { buildMeshPayload } from '../../drivers/payload/mesh-payload.js';
import { lunDiskOf } from './lun-disk.js';
import { validateIn, type Candidate } from './validate.js';

export interface BootCheckParts {
  readonly signal: AbortSignal;
  /** What is going on, for a person who waits. */
  readonly progress: (text: string) => void;
}

const MIB = 1024 * 1024;

/**
 * Boots an image once from each medium that its nodes boot from.
 * @throws FaultError DPL-001 with the stage at which its boot stopped, and what `validateIn` throws
 */
export function bootCheck({ signal, progress }: BootCheckParts) {
  return async (trial: DarkStore, manifest: ImageManifest): Promise<void> => {
    const slot_bytes = (Math.ceil(rootPartition(manifest).size_bytes / MIB) + 1) * MIB;
    const directory = await mkdtemp(join(tmpdir(), 'metalrig-trial-'));
    try {
      for (const kind of manifest.kinds) {
        const from = MEDIUM_OF_KIND[kind];
        const image = refText(manifest);
        progress(`booting ${image} from a ${from === 'lun' ? 'LUN' : 'slot'}`);
        const place = { trial, manifest, directory, slot_bytes };
        const candidate = await candidateOf(from, place, signal);
        const verdict = await validateIn({ slot_bytes })({ image: manifest.name, candidate, signal });
        if (verdict.ok) continue;
        const { stage, fault } = verdict;
        throw new FaultError({ code: 'DPL-001', kind: 'image.bad', image, from, stage, cause: fault.kind });
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

interface Place {
  readonly trial: DarkStore;
  readonly manifest: ImageManifest;
  readonly directory: string;
  readonly slot_bytes: number;
}

async function candidateOf(
  from: Medium,
  { trial, manifest, directory, slot_bytes }: Place,
  signal: AbortSignal,
): Promise<Candidate> {
  if (from === 'slot') return { from, slot: await slotStream(trial, manifest, slot_bytes) };
  const { lunBootLoader: bootLoader } = await buildMeshPayload({ signal });
  return { from, lun: await lunDiskOf({ store: trial, ref: manifest, directory, bootLoader }, signal) };
}
