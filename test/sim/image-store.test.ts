import { createHash } from 'node:crypto';
import { simImageStore, type SimSource } from '../../sim/drivers/image-store.js';
import { imageStoreContract } from '../contracts/image-store.contract.js';

const content = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
const sources = new Map<string, SimSource>([
  ['good', [{ device: 'sda3', fileSystem: 'ext4', size_bytes: 1_000_000, content }]],
  ['bad', { code: 'IMG-006', kind: 'part.missing', file: 'sda3.ext4-ptcl-img.gz.ab' }],
]);

imageStoreContract('simulation', async () => ({
  store: simImageStore({ sources, sha256: (bytes) => createHash('sha256').update(bytes).digest('hex') }),
  good: { kind: 'clonezilla', path: 'good' },
  bad: { kind: 'clonezilla', path: 'bad' },
  refusal: 'IMG-006',
  [Symbol.asyncDispose]: async () => {},
}));
