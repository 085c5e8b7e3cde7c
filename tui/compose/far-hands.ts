import { randomUUID } from 'node:crypto';
import type { Said } from '../../core/bus/topics.js';
import { rowOf } from '../../core/bus/topics.js';
import type { Clock } from '../../core/clock.js';
import { FarHands } from '../../core/far/far-hands.js';
import type { Entry } from '../../core/journal/entry.js';
import type { SiteNode } from '../../core/site/site.js';
import type { JournalFile } from '../../drivers/journal-file/driver.js';

export interface FarHandsOfParts {
  readonly nodes: readonly SiteNode[];
  readonly clock: Clock;
  readonly journal: JournalFile;
  readonly earlier: readonly Entry[];
}

/** The hands in other processes that a site gives its nodes; null: there are none. */
export function farHandsOf({ nodes, clock, journal, earlier }: FarHandsOfParts): FarHands | null {
  const hands = new Map<string, string>(nodes.flatMap((node) => (node.hands === null ? [] : [[node.id, node.hands]])));
  if (hands.size === 0) return null;
  const far = new FarHands({
    clock,
    life: randomUUID(),
    epoch: () => journal.length,
    names: new Set(hands.values()),
    handsOf: (node) => hands.get(node) ?? null,
    settled: () => journal.sync(),
  });
  far.recall(earlier);
  return far;
}

/** Whether it is hands that say so. */
export function isOfHands({ topic }: Said): boolean {
  return rowOf(topic)?.way === 'from hands';
}
