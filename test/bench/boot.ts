import { buildPayload } from '../../drivers/payload/payload.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import type { Topic } from './figure.js';
import { DNSMASQ_NEEDS } from './peers/dnsmasq.js';
import { NAMESPACE_NEEDS } from './peers/namespace.js';
import { bootOnKernelBridge } from './peers/rack-boot.js';
import { TGTD_NEEDS } from './peers/tgtd.js';
import { QEMU_NEEDS } from './qemu-guest.js';
import { runEmulated } from './run-scenario.js';

const ONE = 'metalrig run root-node';
const EIGHT = 'metalrig run fleet-of-eight';
const BRIDGE = 'dnsmasq + tgtd on a bridge';

export const boot: Topic = {
  name: 'boot',
  figures: [
    {
      name: 'boot-ready',
      measures: 'root node, power-on to READY, emulated',
      unit: 's',
      reading: 'ready_s',
      ours: ONE,
      peer: BRIDGE,
      target: { kind: 'ratio at most', value: 1 },
    },
    {
      name: 'boot-cpu',
      measures: "metalrig's own CPU for that whole run, start-up included, QEMU not",
      unit: 's',
      reading: 'cpu_s',
      ours: ONE,
      peer: null,
      target: { kind: 'at most', value: 0.8 },
    },
    {
      name: 'boot-memory',
      measures: "metalrig's own peak RSS in that run",
      unit: 'MB',
      reading: 'rss_mb',
      ours: ONE,
      peer: null,
      target: { kind: 'at most', value: 150 },
    },
    {
      name: 'boot-eight',
      measures: 'nodes up of eight powered on at once',
      unit: 'nodes',
      reading: 'arrived',
      ours: EIGHT,
      peer: null,
      target: { kind: 'at least', value: 8 },
    },
    {
      name: 'boot-eight-wall',
      measures: 'that run from start to end',
      unit: 's',
      reading: 'wall_s',
      ours: EIGHT,
      peer: null,
      target: { kind: 'shown' },
    },
  ],
  async open({ folder, progress }) {
    const payload = await buildPayload({ progress });
    const { accelerator } = await acceleratorProbe();
    return {
      contenders: [
        { name: ONE, needs: QEMU_NEEDS, run: () => runEmulated('root-node', folder) },
        {
          name: BRIDGE,
          needs: [...QEMU_NEEDS, ...NAMESPACE_NEEDS, ...DNSMASQ_NEEDS, ...TGTD_NEEDS],
          run: () => bootOnKernelBridge({ folder, payload, accelerator }),
        },
        { name: EIGHT, needs: QEMU_NEEDS, run: () => runEmulated('fleet-of-eight', folder) },
      ],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
