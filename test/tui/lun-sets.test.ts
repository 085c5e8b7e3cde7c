import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSite } from '../../core/site/parse.js';
import { SimLunSets, simLunSetsPort } from '../../sim/drivers/lun-sets.js';
import { lunSetsPort } from '../../tui/compose/lun-sets.js';
import { NodeLuns } from '../../tui/compose/luns.js';
import { nodeId } from '../../core/ids.js';
import { lunSetsContract } from '../contracts/lun-sets.contract.js';
import { ROOT, scratchOf } from '../run-metalrig.js';
import t from 'tap';

const NODES = [nodeId('root1'), nodeId('root2')] as const;
const IMAGES = ['spring', 'summer', 'autumn'] as const;

lunSetsContract('sim', () => {
  const luns = new SimLunSets();
  return Promise.resolve({
    luns: simLunSetsPort(luns),
    nodes: NODES,
    images: IMAGES,
    boot: (node) => {
      luns.newBoot(node);
      return luns.lunFor(node);
    },
    login: (node) => luns.lunFor(node),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

lunSetsContract('lun-store, as the emulated rack serves it', () => {
  const directory = scratchOf(t);
  mkdirSync(join(directory, 'luns'));
  for (const image of IMAGES) writeFileSync(join(directory, image), Buffer.alloc(8192, `${image}.`));
  const site = parseSite(readFileSync(join(ROOT, 'scenarios/sites/bench.site.yaml'), 'utf8'), 'bench.site.yaml');
  const luns = new NodeLuns({
    site,
    nodes: site.nodes,
    directory: join(directory, 'luns'),
    noted: (fault) => t.fail(fault.code),
  });
  const login = (node: (typeof NODES)[number]): string | null => {
    const lun = luns.sets.lunFor(node);
    return lun === null ? null : (Buffer.from(lun.read(0, 512)).toString('latin1').split('.')[0] ?? '');
  };
  return Promise.resolve({
    luns: lunSetsPort(luns, (image) => Promise.resolve({ file: join(directory, image), label_at: null })),
    nodes: NODES,
    images: IMAGES,
    boot: (node) => {
      luns.newBoot(node);
      return login(node);
    },
    login,
    [Symbol.asyncDispose]: () => {
      luns[Symbol.dispose]();
      return Promise.resolve();
    },
  });
});
