import type { ImageManifest } from '../../core/image/manifest.js';
import { refText } from '../../core/image/ref.js';
import type { ImageEntry } from '../../core/ports/image-store.js';
import type { Progress } from '../../drivers/dark-store/progress.js';

const BAR = 20;
/** A date is enough to tell images of one name's history apart. */
const DATE = 10;

export function listLines(entries: readonly ImageEntry[]): readonly string[] {
  if (entries.length === 0) return ['no images'];
  return entries.map(({ ref, manifest }) => {
    const name = refText(ref).padEnd(36);
    if (manifest === null) return `${name} damaged: see image verify`;
    const partitions = manifest.partitions.map(({ device, fileSystem }) => `${device} ${fileSystem}`).join(', ');
    const date = manifest.addedAt.slice(0, DATE);
    const line = `${name} ${sizeText(manifest.size_bytes).padStart(9)}  ${date}  ${partitions}`;
    return name.length <= 36 && line.length > 80 ? `${line.slice(0, 79)}…` : line;
  });
}

export function showLines(manifest: ImageManifest): readonly string[] {
  const { disk, partitions, kinds, from, addedAt, size_bytes } = manifest;
  return [
    refText(manifest),
    `  added       ${addedAt} from ${from === 'clonezilla' ? 'a Clonezilla directory' : `a raw ${from}`}`,
    `  for         ${kinds.join(' and ')} nodes`,
    `  on shelf    ${sizeText(size_bytes)}`,
    `  disk        ${disk === null ? 'not saved, only partitions' : `${disk.device}, ${sizeText(disk.size_bytes)}`}`,
    '',
    '  partition  file system       size       used    stored  compression',
    ...partitions.map((one) => {
      const sizes = [one.size_bytes, one.used_bytes, one.stored.size_bytes].map((size) => sizeText(size).padStart(9));
      return `  ${one.device.padEnd(10)} ${one.fileSystem.padEnd(11)} ${sizes.join('  ')}  ${one.compression}`;
    }),
  ];
}

export function addedLine(manifest: ImageManifest): string {
  const { partitions, size_bytes } = manifest;
  const devices = partitions.map(({ device, fileSystem }) => `${device} ${fileSystem}`).join(', ');
  return `${refText(manifest)} is on the shelf: ${devices}; ${sizeText(size_bytes)}`;
}

/** `sda1  [#####               ]  25 %  1.2 GB of 4.8 GB` */
export function progressLine({ step, what, done_bytes, total_bytes }: Progress, columns: number): string {
  const head = `${step} ${what}`;
  if (total_bytes === null || total_bytes === 0) return `${head}  ${sizeText(done_bytes)}`.slice(0, columns - 1);
  const share = Math.min(1, done_bytes / total_bytes);
  const bar = `[${'#'.repeat(Math.floor(share * BAR)).padEnd(BAR)}]`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${head}  ${bar} ${percent}  ${sizeText(done_bytes)} of ${sizeText(total_bytes)}`.slice(0, columns - 1);
}

/** Decimal, as disks are sold: 1 GB is 1,000,000,000 bytes. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at] ?? ''}`;
}
