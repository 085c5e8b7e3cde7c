import fc from 'fast-check';
import type { EffectCatalog } from '../../core/effects/catalog.js';
import type { MachineEvent } from '../../core/engine/step.js';
import { STAGES, type EvidenceSource, type Observation } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import { nodeId, reservationId } from '../../core/ids.js';

export const NODE = nodeId('root1');

const suspicions: fc.Arbitrary<Fault> = fc.constantFrom(
  { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: 'pxe.dhcp' } as const,
  { code: 'BOOT-003', kind: 'bootFile.missing', file: 'undionly.kpxe' } as const,
  { code: 'BOOT-006', kind: 'kernel.panic', text: 'no init' } as const,
);

const seen = {
  node: fc.constant(NODE),
  source: fc.constantFrom<EvidenceSource>('wire', 'console', 'sim'),
  what: fc.constantFrom('a frame', 'a line'),
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

/** One thing that happens to a machine, whether it waits for it or not. */
export type Happening =
  | { readonly kind: 'told'; readonly type: string }
  | { readonly kind: 'seen'; readonly observation: Observation }
  | { readonly kind: 'acted'; readonly effect: Act }
  | { readonly kind: 'late' | 'broke'; readonly effect: Act | 'boot.await' };

const ACTS = ['power.ensure', 'bootDevice.ensure', 'bmc.verify', 'time.await', 'nodes.hold', 'nodes.release'] as const;
type Act = (typeof ACTS)[number];

/** The words that machines know, and some that they do not. */
const NODE_WORDS = [
  'deploy.requested',
  'release.requested',
  'boot.up',
  'boot.ramdisk',
  'boot.failed',
  'enroll.requested',
  'manage.requested',
  'provide.requested',
  'maintenance.requested',
  'cycle.requested',
];
const RESERVATION_WORDS = ['reservation.requested', 'change.requested', 'extend.requested', 'cancel.requested'];
const WORDS = [...NODE_WORDS, ...RESERVATION_WORDS];
const STRANGE_WORDS = ['boot.never', 'deploy', 'deploy.requested.twice', 'constructor', 'boot.await'];

export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('told' as const), type: fc.constantFrom(...WORDS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('told' as const), type: fc.constantFrom(...STRANGE_WORDS) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('seen' as const), observation: observations }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('acted' as const), effect: fc.constantFrom(...ACTS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('late' as const, 'broke' as const),
      effect: fc.constantFrom(...ACTS, 'boot.await' as const),
    }),
  },
);

export const RESERVATION = reservationId(1);

const ANSWERS: { readonly [K in Act]: EffectCatalog[K]['out'] } = {
  'power.ensure': { power: 'on' },
  'bootDevice.ensure': { device: 'network' },
  'bmc.verify': { notes: [], power: 'on' },
  'time.await': { until: 7 },
  'nodes.hold': { holding: { slots: [{ node: NODE, slot: 3 }], evicted: [] } },
  'nodes.release': { reservation: RESERVATION },
};

/** With the facts that some words carry; machines that know no such word do not look at them. */
function told(type: string, at: number): { readonly type: string; readonly at: number } {
  const booking = { nodes: [NODE], slotted: [NODE], image: null, from: at, to: at + 5_000 };
  return Object.assign({ type, at }, { booking, to: at + 9_000, reason: 'a broken fan' });
}

/** The happening as a machine is told of it. */
export function eventOf(happening: Happening, seq: number, at: number): MachineEvent {
  switch (happening.kind) {
    case 'told':
      return { type: 'told', event: told(happening.type, at) };
    case 'seen': {
      const evidence = { ...happening.observation, seq, at };
      return { type: 'effect.done', effect: 'boot.await', output: { evidence, at } };
    }
    case 'acted':
      return { type: 'effect.done', effect: happening.effect, output: { ...ANSWERS[happening.effect], at } };
    case 'late': {
      const { effect } = happening;
      const fault = { code: 'EFF-001', kind: 'effect.late', effect, waited_ms: 7 } as const;
      return { type: 'effect.failed', effect, failure: { fault, at } };
    }
    case 'broke': {
      const { effect } = happening;
      const fault = { code: 'EFF-003', kind: 'effect.broke', effect, why: 'no answer' } as const;
      return { type: 'effect.failed', effect, failure: { fault, at } };
    }
  }
}
