import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT, build, imageFile } from './build.js';
import { cachedBuild, guestDirectory, type PayloadOptions as CommonOptions } from './cached-build.js';
import { PACKAGES, imageNames, type ImageName } from './recipe.js';

export interface PayloadOptions extends CommonOptions {
  /** What will be read: only that is checked against its checksum. All unless told. */
  readonly uses?: readonly PayloadPart[];
}

/** The kernel with its initramfs for a boot without firmware, the boot file, or a LUN image. */
export type PayloadPart = 'kernel' | 'bootFile' | ImageName;

/** Paths of files that nobody may write to: they are shared by every run. */
export interface Payload {
  /** undionly.kpxe. */
  readonly bootFile: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly images: Readonly<Record<ImageName, string>>;
  /** Where in each image its label stands, in bytes: a clone may be given a name of its own there (`labelBytes`). */
  readonly labels: Readonly<Record<ImageName, number>>;
  /** Package name -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A build takes 230 MB at its height: the unpacked kernel package is 115 of them. 70 stay. */
const NEEDED_BYTES = 300_000_000;
const BUILT_FILES: readonly string[] = [...Object.values(BUILT), ...imageNames.map(imageFile)];

/**
 * The guest payload, built from Debian's packages when the cache does not hold it yet: 0.3 s when it does, 6 s when
 * not, and what the download of 33 MB takes. Needs no root. Same packages, same code: same bytes.
 *
 * @throws FaultError PAY-001 to PAY-008
 */
export async function buildPayload(options: PayloadOptions = {}): Promise<Payload> {
  const { directory, versions } = await cachedBuild(
    {
      packages: PACKAGES,
      prefix: '',
      files: BUILT_FILES,
      uses: filesOf(options.uses ?? ['kernel', 'bootFile', ...imageNames]),
      needed_bytes: NEEDED_BYTES,
      fill: (request) => build({ ...request, guest: guestDirectory() }),
    },
    options,
  );
  const image = (name: ImageName): string => join(directory, imageFile(name));
  return {
    bootFile: join(directory, BUILT.bootFile),
    kernel: join(directory, BUILT.kernel),
    initramfs: join(directory, BUILT.initramfs),
    // Our own file, whose checksum was just verified.
    labels: JSON.parse(await readFile(join(directory, BUILT.labels), 'utf8')) as Payload['labels'],
    images: { root: image('root'), 'no-boot-loader': image('no-boot-loader'), panic: image('panic') },
    versions,
  };
}

function filesOf(parts: readonly PayloadPart[]): readonly string[] {
  const files = parts.flatMap((part) => {
    if (part === 'kernel') return [BUILT.kernel, BUILT.initramfs];
    return part === 'bootFile' ? [BUILT.bootFile] : [imageFile(part)];
  });
  return [BUILT.labels, ...new Set(files)];
}
