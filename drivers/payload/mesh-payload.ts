import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedBuild, guestDirectory, type FillRequest, type PayloadOptions } from './cached-build.js';
import { RECEIVER_SOURCES, deployRamdisk } from './deploy-ramdisk.js';
import type { BootLoader } from './disk-image.js';
import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import { writeSparse } from './files.js';
import { guestProgram } from './guest-program.js';
import { labelBytes } from './label.js';
import { localCores } from './local-grub.js';
import { GRUB_DIRECTORY, MESH_PACKAGES } from './mesh-recipe.js';
import { buildPayload, type Payload } from './payload.js';
import { imageNames, type ImageName } from './recipe.js';
import { SLOT_LABEL_FILE, packPartition, slotFilesystem, slotName, type SlotSources } from './slot-image.js';
import { unpack } from './unpacked.js';

/** What mesh nodes need beside the payload of root nodes. Paths of files that nobody may write to. */
export interface MeshPayload {
  /** The kernel that is started with the ramdisk. */
  readonly kernel: string;
  /** Boots into the deploy agent. */
  readonly ramdisk: string;
  /** Of each kind an ext2 filesystem alone, that starts from a LUN and from any slot alike, as far as it does. */
  readonly partitions: Readonly<Record<ImageName, string>>;
  /** Where in each partition its label stands, in bytes (`labelBytes`). */
  readonly labels: Readonly<Record<ImageName, number>>;
  /** The same as partclone wrote them, without checksums of its own, so that a label may be written over. */
  readonly streams: Readonly<Record<ImageName, string>>;
  /** Where in each stream its label stands, in bytes. */
  readonly streamLabels: Readonly<Record<ImageName, number>>;
  /** For a LUN whose first partition it is (`lunOf`). */
  readonly lunBootLoader: BootLoader;
  /** Package name -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

type Labels = Pick<MeshPayload, 'labels' | 'streamLabels'>;

/** A build takes 170 MB at its height; 100 stay. */
const NEEDED_BYTES = 220_000_000;
const BUILT = { ramdisk: 'deploy.gz', labels: 'labels.json', bootSector: 'boot.img', core: 'core.img' };
const partitionFile = (kind: ImageName): string => `${kind}.ext2`;
const streamFile = (kind: ImageName): string => `${kind}.ptcl`;
const FILES = [...Object.values(BUILT), ...imageNames.flatMap((kind) => [partitionFile(kind), streamFile(kind)])];

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
      files: FILES,
      uses: FILES,
      needed_bytes: NEEDED_BYTES,
      fill: (request) => fill(request, root),
    },
    options,
  );
  const path = (name: string): string => join(directory, name);
  return {
    kernel: root.kernel,
    ramdisk: path(BUILT.ramdisk),
    partitions: ofEach((kind) => path(partitionFile(kind))),
    streams: ofEach((kind) => path(streamFile(kind))),
    // Our own file, whose checksum was just verified.
    ...(JSON.parse(await readFile(path(BUILT.labels), 'utf8')) as Labels),
    lunBootLoader: { bootSector: await readFile(path(BUILT.bootSector)), core: await readFile(path(BUILT.core)) },
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
  const receiver = await guestProgram({ unpacked, guest, scratch, sources: RECEIVER_SOURCES }, signal);
  await writeFile(join(directory, BUILT.ramdisk), await deployRamdisk({ unpacked, guest, initramfs, cores, receiver }));
  const sources: SlotSources = {
    kernel: await readFile(root.kernel),
    initramfs,
    busybox: await unpacked.read('busybox-static', 'bin/busybox'),
    rootInit: await readFile(join(guest, 'root-init')),
    configuration: await readFile(join(guest, 'slot.cfg'), 'utf8'),
  };
  const labels = { labels: ofEach(() => 0), streamLabels: ofEach(() => 0) };
  for (const kind of imageNames) {
    progress(`making the slot image ${kind}`);
    const { bytes, files } = slotFilesystem(kind, sources);
    const [partition, stream] = [join(directory, partitionFile(kind)), join(directory, streamFile(kind))];
    await writeSparse(partition, bytes);
    await packPartition({ unpacked, partition, stream, scratch }, signal);
    labels.labels[kind] = (files.get(SLOT_LABEL_FILE)?.firstBlock ?? 0) * EXT2_BLOCK_BYTES;
    labels.streamLabels[kind] = (await readFile(stream)).indexOf(labelBytes(slotName(kind)));
  }
  await writeFile(join(directory, BUILT.labels), JSON.stringify(labels satisfies Labels));
  await writeFile(join(directory, BUILT.bootSector), await unpacked.read('grub-pc-bin', `${GRUB_DIRECTORY}/boot.img`));
  await writeFile(join(directory, BUILT.core), cores.first);
  await rm(scratch, { recursive: true });
}

function ofEach<T>(make: (kind: ImageName) => T): Record<ImageName, T> {
  return { root: make('root'), 'no-boot-loader': make('no-boot-loader'), panic: make('panic') };
}
