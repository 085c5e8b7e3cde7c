import { SOURCE_DATE_EPOCH_S, completeTree, type TreeEntry } from './tree.js';

const FORMAT: Readonly<Record<TreeEntry['kind'], number>> = {
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  characterDevice: 0o020000,
};

/**
 * A newc archive, as the kernel unpacks it into its first root filesystem. Everything belongs to root, and the same
 * tree always gives the same bytes.
 *
 * @see Documentation/driver-api/early-userspace/buffer-format.rst of Linux; cpio(5), "New ASCII Format"
 */
export function newcArchive(entries: readonly TreeEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  completeTree(entries).forEach((entry, index) => {
    const content = contentOf(entry);
    const header = {
      inode: index + 1,
      mode: FORMAT[entry.kind] | (entry.kind === 'symlink' ? 0o777 : entry.mode),
      links: entry.kind === 'directory' ? 2 : 1,
      modified_s: SOURCE_DATE_EPOCH_S,
      device: entry.kind === 'characterDevice' ? [entry.major, entry.minor] : [0, 0],
    };
    parts.push(headerAndName(entry.path, header, content.length), content, padding(content.length, 4));
  });
  parts.push(headerAndName('TRAILER!!!', { inode: 0, mode: 0, links: 1, modified_s: 0, device: [0, 0] }, 0));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // 512: the block size that cpio itself pads an archive to.
  return Buffer.concat([...parts, padding(length, 512)]);
}

interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly modified_s: number;
  readonly device: readonly number[];
}

function contentOf(entry: TreeEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'symlink' ? Buffer.from(entry.target) : new Uint8Array(0);
}

function headerAndName(path: string, header: Header, size_bytes: number): Uint8Array {
  const name = Buffer.from(`${path}\0`);
  const owner = [0, 0];
  const onDevice = [0, 0];
  const checksum = 0;
  const fields = [
    header.inode,
    header.mode,
    ...owner,
    header.links,
    header.modified_s,
    size_bytes,
    ...onDevice,
    ...header.device,
    name.length,
    checksum,
  ];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const bytes = Buffer.concat([Buffer.from(text), name]);
  return Buffer.concat([bytes, padding(bytes.length, 4)]);
}

function padding(length: number, multiple: number): Uint8Array {
  return new Uint8Array((multiple - (length % multiple)) % multiple);
}
