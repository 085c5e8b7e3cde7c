import { closeSync, copyFileSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioImage } from '../../core/scenario/lifecycle.js';
import { DarkStore } from '../../drivers/dark-store/driver.js';
import { labelBytes } from '../../drivers/payload/label.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import type { PlayWorld, WorldParts } from '../world.js';
import { playFrom, type RackSource } from './emulated.js';
import { offerSiteImages } from './emulated-rack.js';
import { RackHolds } from './rack-holds.js';
import { RunImages, type RunImageParts } from './run-images.js';
import { validateIn } from './validate.js';

/** Plays a scenario on the emulated rack; what it hands in is built here, and shelved in the run's own store. */
export const playEmulated: PlayWorld = (parts) => {
  if (parts.plan.scenario.images.size === 0) return playFrom(parts, { offer: offerSiteImages });
  const images = imagesFrom(parts, (payload, home) => ({
    handedIn: (image) => Promise.resolve(builtPartition(payload, image, home)),
    trial: new DarkStore({ directory: join(home, 'trial') }),
    shelf: new DarkStore({ directory: join(home, 'shelf') }),
  }));
  return playFrom(parts, { offer: offerSiteImages, images });
};

/**
 * Plays a scenario whose images lie on a shelf already.
 * @param rack the directory of a rack that outlives the run, with its disks, LUNs and what its slots hold; null: none
 */
export function playFromShelf(shelf: DarkStore, rack: string | null): PlayWorld {
  return (parts) => {
    const images = imagesFrom(parts, () => ({ handedIn: () => Promise.resolve(null), trial: shelf, shelf }));
    const source: RackSource = { offer: offerSiteImages, images };
    if (rack === null) return playFrom(parts, source);
    const holds = new RackHolds(rack);
    const onEntered: typeof parts.onEntered = (machine, standing) => {
      holds.entered(machine, standing);
      parts.onEntered(machine, standing);
    };
    return playFrom({ ...parts, onEntered }, { ...source, home: rack, holds: holds.nodes });
  };
}

type Stores = Pick<RunImageParts, 'handedIn' | 'trial' | 'shelf'>;

function imagesFrom({ plan }: WorldParts, storesIn: (payload: MeshPayload, home: string) => Stores) {
  const { disk } = plan.site;
  return (payload: MeshPayload, home: string): RunImages =>
    new RunImages({
      ...storesIn(payload, home),
      images: plan.scenario.images,
      directory: join(home, 'disks'),
      slot_bytes: disk.slot_bytes,
      bootLoader: payload.lunBootLoader,
      validate: validateIn(disk),
    });
}

/** A root file system of that kind, which says the image's name when it is up. */
function builtPartition(payload: MeshPayload, { name, kind }: ScenarioImage, directory: string): string {
  const path = join(directory, `${encodeURIComponent(name)}.ext2`);
  copyFileSync(payload.partitions[kind], path);
  const file = openSync(path, 'r+');
  try {
    writeSync(file, labelBytes(name), 0, undefined, payload.labels[kind]);
  } finally {
    closeSync(file);
  }
  return path;
}
