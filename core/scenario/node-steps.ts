import type { NodeId } from '../ids.js';
import type { NodeEvent } from '../machines/node-context.js';
import type { BootOrder } from '../ports/boot-device.js';

/** What is asked of nodes themselves. Each node goes through those that are for it, in their order. */
export type NodeStep = {
  /** Null: all that take part. */
  readonly nodes: readonly NodeId[] | null;
  /** Not before this instant; null: as soon as the node can take it. */
  readonly at_ms: number | null;
} & (
  | { readonly do: 'boot'; readonly order: BootOrder }
  | { readonly do: 'power-cycle'; /** How often, one after the other. */ readonly times: number }
  | { readonly do: 'power-off' | 'verify' }
  | { readonly do: 'maintain'; readonly reason: string }
);

export const NODE_STEP_WORDS = ['boot', 'power-cycle', 'power-off', 'verify', 'maintain'] as const;

/** In which states a node can take a step. */
export const TAKEN_IN: Readonly<Record<NodeStep['do'], readonly string[]>> = {
  boot: ['available', 'active', 'deployFailed'],
  'power-cycle': ['available', 'active', 'deployFailed'],
  'power-off': ['available', 'active', 'deployFailed'],
  verify: ['enrolled', 'manageable', 'available', 'maintenance', 'deployFailed'],
  maintain: ['enrolled', 'manageable', 'available', 'maintenance', 'deployFailed'],
};

/** How its machine is told. */
export function eventOf(step: NodeStep, at: number): NodeEvent {
  switch (step.do) {
    case 'boot':
      return { type: WORDS.boot, at, order: step.order };
    case 'maintain':
      return { type: WORDS.maintain, at, reason: step.reason };
    case 'power-cycle':
    case 'power-off':
    case 'verify':
      return { type: WORDS[step.do], at };
  }
}

export const WORDS = {
  boot: 'deploy.requested',
  'power-cycle': 'cycle.requested',
  'power-off': 'release.requested',
  verify: 'manage.requested',
  maintain: 'maintenance.requested',
} as const satisfies Readonly<Record<NodeStep['do'], NodeEvent['type']>>;
