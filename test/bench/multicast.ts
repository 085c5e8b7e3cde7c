import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestDirectory } from '../../drivers/payload/cached-build.js';
import { runProcess } from '../../drivers/process/run.js';
import { printing } from './alone.js';
import type { Contender, Figure, Need, Topic } from './figure.js';
import { multicastNetwork } from './multicast-network.js';
import { NAMESPACE_NEEDS } from './peers/namespace.js';
import { benchProgram } from './run-scenario.js';

const IMAGE_MIB = 64;
const RECEIVERS = 8;

const OURS_ONE = 'our multicast, 1 receiver';
const OURS = `our multicast, ${RECEIVERS} receivers`;
const UDPCAST_ONE = 'udpcast, 1 receiver';
const UDPCAST = `udpcast, ${RECEIVERS} receivers`;

const NEEDS: readonly Need[] = [
  ...NAMESPACE_NEEDS,
  { program: 'nsenter', debianPackage: 'util-linux' },
  { program: 'tcc', debianPackage: 'tcc' },
];
const UDPCAST_NEEDS: readonly Need[] = [...NEEDS, { program: 'udp-sender', debianPackage: 'udpcast' }];

const rate = { unit: 'MB/s', reading: 'mb_per_s', target: { kind: 'shown' } } as const;
const figures: readonly Figure[] = [
  { ...rate, name: 'multicast-1', measures: `${IMAGE_MIB} MiB to one receiver`, ours: OURS_ONE, peer: UDPCAST_ONE },
  { ...rate, name: 'multicast-8', measures: 'the same to eight, each', ours: OURS, peer: UDPCAST },
  {
    name: 'multicast-copies',
    measures: "what the sender's card sent for eight, over the image's size",
    unit: 'copies',
    reading: 'copies',
    ours: OURS,
    peer: UDPCAST,
    target: { kind: 'at most', value: 1.3 },
  },
  {
    name: 'multicast-cpu',
    measures: 'CPU of sender and eight receivers together; ours with tags and SHA-256',
    unit: 's',
    reading: 'cpu_s',
    ours: OURS,
    peer: UDPCAST,
    target: { kind: 'shown' },
  },
];

export const multicast: Topic = {
  name: 'multicast',
  figures,
  async open({ folder }) {
    const image = join(folder, 'image');
    writeFileSync(image, randomFillSync(Buffer.alloc(IMAGE_MIB << 20)));
    const program = join(folder, 'mcast');
    const files = ['mcast.c', 'sha256.c', 'system.c'].map((file) => join(guestDirectory(), file));
    await runProcess({ argv: ['tcc', '-nostdlib', '-nostdinc', '-static', '-o', program, ...files] });
    const contender = (name: string, words: readonly string[], needs: readonly Need[]): Contender =>
      printing(name, inNetwork([benchProgram('multicast-lab'), image, ...words]), needs);
    return {
      contenders: [
        contender(OURS_ONE, ['1', program], NEEDS),
        contender(UDPCAST_ONE, ['1', 'udpcast'], UDPCAST_NEEDS),
        contender(OURS, [String(RECEIVERS), program], NEEDS),
        contender(UDPCAST, [String(RECEIVERS), 'udpcast'], UDPCAST_NEEDS),
      ],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

/** Node with these words in the sender's namespace, on a bridge with the receivers'. */
function inNetwork(words: readonly string[]): readonly [string, ...string[]] {
  const way = process.getuid?.() === 0 ? ['--net', '--mount'] : ['--user', '--map-root-user', '--net', '--mount'];
  // Not by exec: with its last process the outer namespace goes, and the bridge with it.
  const script = `${multicastNetwork(RECEIVERS)}\nnsenter --net=/run/netns/n0 "$@"`;
  return ['unshare', ...way, 'sh', '-c', script, 'sh', process.execPath, ...words];
}
