import fc from 'fast-check';
import type { MachineEvent } from '../../core/engine/step.js';
import { STAGES, type Evidence, type Observation, type Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';

export const NODE = nodeId('root1');

const suspicions: fc.Arbitrary<Fault> = fc.constantFrom(
  { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: 'pxe.dhcp' } as const,
  { code: 'BOOT-003', kind: 'bootFile.missing', file: 'undionly.kpxe' } as const,
  { code: 'BOOT-006', kind: 'kernel.panic', text: 'no init' } as const,
);

const seen = {
  node: fc.constant(NODE),
  source: fc.constantFrom('wire', 'console', 'sim'),
  what: fc.constant('a sign'),
};

/** Anything that observers can see, in any order. */
export const observations: fc.Arbitrary<Observation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ ...seen, kind: fc.constant('reached' as const), stage: fc.constantFrom(...STAGES) }),
  },
  { weight: 1, arbitrary: fc.record({ ...seen, kind: fc.constant('trouble' as const), fault: suspicions }) },
  { weight: 1, arbitrary: fc.record({ ...seen, kind: fc.constant('ended' as const), fault: fc.option(suspicions) }) },
);

/** One thing that happens to a machine, told the time. */
export type Happening = (at: number) => MachineEvent;

/** The words that machines know, and some that they do not. */
const WORDS = [
  'deploy.requested',
  'release.requested',
  'boot.up',
  'boot.failed',
  'boot.never',
  'deploy',
  'deploy.requested.twice',
  '',
  'constructor',
];

const told: fc.Arbitrary<Happening> = fc.constantFrom(...WORDS).map((type) => {
  return fc.cloneMethod in {} ? never : (at) => ({ type: 'told', event: { type, at } });
});

function never(): never {
  throw new Error('not called');
}
