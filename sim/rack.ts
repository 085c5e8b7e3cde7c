import type { Perform } from '../core/effects/perform.js';
import { withDeadlines } from '../core/effects/deadline.js';
import { route } from '../core/effects/route.js';
import { EvidenceLog } from '../core/observe/evidence-log.js';
import type { MishapPort } from '../core/ports/mishaps.js';
import type { Plan } from '../core/scenario/plan.js';
import type { MishapKind } from '../core/scenario/scenario.js';
import { targetName, type ImageKind, type NodeKind } from '../core/site/site.js';
import { VirtualClock } from './clock.js';
import { BMC_ANSWER_MS, simHandlers } from './drivers/perform.js';
import { measuredTimes, type StageTimes } from './stages/times.js';
import { World } from './world.js';

export interface SimRackParts {
  readonly plan: Plan;
  readonly seed: number;
  readonly times?: StageTimes;
  readonly tftpSlots?: number;
  readonly bmcAnswer_ms?: number;
}

/** A simulated rack by itself; it outlives an engine, as real racks do. */
export interface SimRack {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly perform: Perform;
  readonly mishaps: MishapPort;
}

/** tftpd-hpa and dnsmasq serve many more; the limit only matters to models that say so. */
const MANY_SLOTS = 1_000_000;

/** What is wrong with an image by its kind; null: nothing. */
const FLAWS: Readonly<Record<ImageKind, Readonly<Record<NodeKind, MishapKind>> | null>> = {
  root: null,
  'no-boot-loader': { root: 'lun.no-boot-loader', mesh: 'slot.no-boot-loader' },
  panic: { root: 'kernel.panic', mesh: 'kernel.panic' },
};

export function openSimRack(parts: SimRackParts): SimRack {
  const { plan, seed, times = measuredTimes, tftpSlots = MANY_SLOTS, bmcAnswer_ms = BMC_ANSWER_MS } = parts;
  const clock = new VirtualClock();
  const log = new EvidenceLog(clock);
  const nodes = plan.nodes.map(({ id, kind, slot, image }) => {
    const { bootFile } = plan.site;
    return { id, kind, slot, bootFile, target: targetName(plan.site, id), image: image.name };
  });
  const world = new World({ clock, nodes, seed, times, observe: log.observe, tftpSlots });
  for (const { id, kind, image } of plan.nodes) {
    const flaw = FLAWS[image.kind];
    if (flaw !== null) world.begin(id, flaw[kind]);
  }
  const mishaps: MishapPort = {
    begin: ({ node, mishap }) => world.begin(node, mishap),
    heal: ({ node, mishap }) => world.heal(node, mishap),
  };
  return {
    clock,
    world,
    perform: withDeadlines(clock, route(simHandlers({ clock, world, boot: log, bmcAnswer_ms }))),
    mishaps,
  };
}
