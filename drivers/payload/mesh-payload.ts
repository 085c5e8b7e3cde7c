import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedBuild, guestDirectory, type FillRequest, type PayloadOptions } from './cached-build.js';
import { deployRamdisk } from './deploy-ramdisk.js';
import type { BootLoader } from './disk-image.js';
import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import { writeSparse } from './files.js';
import { localCores } from './local-grub.js';
import { GRUB_DIRECTORY, MESH_PACKAGES } from './mesh-recipe.js';
import { buildPayload, type Payload } from './payload.js';
import { SLOT_LABEL_FILE, slotFilesystem } from './slot-image.js';
import { unpack } from './unpacked.js';

/** What mesh nodes need beside the payload of root nodes. Paths of files that nobody may write to. */
export interface MeshPayload {
  /** The kernel that is started with the ramdisk. */
  readonly kernel: string;
  /** Boots into the deploy agent. */
  readonly ramdisk: string;
  /** An ext2 filesystem alone, that starts from a LUN and from any slot alike. */
  readonly partition: string;
  /** Where in the partition its label stands, in bytes (`labelBytes`). */
  readonly label_bytes: number;
  /** For a LUN whose first partition it is (`lunOf`). */
  readonly lunBootLoader: BootLoader;
  /** Package name -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A build takes 110 MB at its height; 50 stay. */
const NEEDED_BYTES = 150_000_000;
const FILES = {
  ramdisk: 'deploy.gz',
  partition: 'slot.ext2',
  label: 'label',
  bootSector: 'boot.img',
  core: 'core.img',
};

/**
 * The mesh nodes' payload: of a cache entry of its own, so that a run without mesh nodes never pays for it.
 * @throws FaultError PAY-001 to PAY-008
 */
export async function buildMeshPayload(options: PayloadOptions = {}): Promise<MeshPayload> {
  const root = await buildPayload({ ...options, uses: ['kernel'] });
  const { directory, versions } = await cachedBuild(
    {
      packages: MESH_PACKAGES,
      prefix: 'mesh-',
      files: Object.values(FILES),
      uses: Object.values(FILES),
      needed_bytes: NEEDED_BYTES,
      fill: (request) => fill(request, root),
    },
    options,
  );
  const path = (name: keyof typeof FILES): string => join(directory, FILES[name]);
  return {
    kernel: root.kernel,
    ramdisk: path('ramdisk'),
    partition: path('partition'),
    label_bytes: Number(await readFile(path('label'), 'utf8')),
    lunBootLoader: { bootSector: await readFile(path('bootSector')), core: await readFile(path('core')) },
    versions: { ...root.versions, ...versions },
  };
}

async function fill({ directory, debs, progress, signal }: FillRequest, root: Payload): Promise<void> {
  const guest = guestDirectory();
  const scratch = join(directory, 'scratch');
  await mkdir(scratch);
  const own = new Map([...debs].filter(([name]) => MESH_PACKAGES.includes(name)));
  progress(`unpacking ${own.size} packages`);
  const unpacked = await unpack(own, join(scratch, 'packages'), signal);
  progress('making the deploy ramdisk');
  const initramfs = await readFile(root.initramfs);
  const cores = await localCores(unpacked, scratch, signal);
  await writeFile(join(directory, FILES.ramdisk), await deployRamdisk({ unpacked, guest, initramfs, cores }));
  progress('making the slot image');
  const { bytes, files } = slotFilesystem({
    kernel: await readFile(root.kernel),
    initramfs,
    busybox: await unpacked.read('busybox-static', 'bin/busybox'),
    rootInit: await readFile(join(guest, 'root-init')),
    configuration: await readFile(join(guest, 'slot.cfg'), 'utf8'),
  });
  await writeSparse(join(directory, FILES.partition), bytes);
  const label_bytes = (files.get(SLOT_LABEL_FILE)?.firstBlock ?? 0) * EXT2_BLOCK_BYTES;
  await writeFile(join(directory, FILES.label), String(label_bytes));
  await writeFile(join(directory, FILES.bootSector), await unpacked.read('grub-pc-bin', `${GRUB_DIRECTORY}/boot.img`));
  await writeFile(join(directory, FILES.core), cores.first);
  await rm(scratch, { recursive: true });
}
