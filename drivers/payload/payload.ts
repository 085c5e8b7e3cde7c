import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT, build, imageFile } from './build.js';
import { cachedBuild, guestDirectory, type PayloadOptions } from './cached-build.js';
import { PACKAGES, imageNames, type ImageName } from './recipe.js';

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
