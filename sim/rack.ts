import type { Perform } from '../core/effects/perform.js';
import { withDeadlines } from '../core/effects/deadline.js';
import { route } from '../core/effects/route.js';
import type { Observe } from '../core/evidence.js';
import { EvidenceLog } from '../core/observe/evidence-log.js';
import type { MishapPort } from '../core/ports/mishaps.js';
import type { Plan } from '../core/scenario/plan.js';
import type { NodeId } from '../core/ids.js';
import { isBmcMishap } from '../core/scenario/bmc-mishaps.js';
import { targetName } from '../core/site/site.js';
import { VirtualClock } from './clock.js';
import { SimBmcs } from './drivers/bmc.js';
import { BMC_ANSWER_MS, simHandlers } from './drivers/perform.js';
import { FLAWS, Fleet } from './fleet/fleet.js';
import type { Load } from './fleet/load.js';
import { consoleTextOf } from './stages/console-text.js';
import { measuredTimes, type StageTimes } from './stages/times.js';
import type { SimNodeFacts } from './node.js';
import { World } from './world.js';

export interface SimRackParts {
  readonly plan: Plan;
  readonly seed: number;
  readonly times?: StageTimes;
  readonly tftpSlots?: number;
  readonly bmcAnswer_ms?: number;
  /** What consoles say, one character a byte. */
  readonly onConsole?: (node: NodeId, text: string) => void;
}

/** A simulated rack by itself; it outlives an engine, as real racks do. */
export interface SimRack {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly fleet: Fleet;
  readonly perform: Perform;
  readonly mishaps: MishapPort;
}

/** tftpd-hpa and dnsmasq serve many more; the limit only matters to models that say so. */
const MANY_SLOTS = 1_000_000;

export function openSimRack(parts: SimRackParts): SimRack {
  const { plan, seed, times = measuredTimes, tftpSlots = MANY_SLOTS, bmcAnswer_ms = BMC_ANSWER_MS } = parts;
  const clock = new VirtualClock();
  const log = new EvidenceLog(clock);
  const nodes = plan.nodes.map(({ id, kind, slot, image }) => {
    const { bootFile } = plan.site;
    return { id, kind, slot, bootFile, target: targetName(plan.site, id), image: image.name };
  });
  // Where images come and go, what a node boots is the fleet's business; else it is what the site says.
  const fleet = new Fleet(plan, clock);
  const isChanging = plan.scenario.images.size > 0;
  const load = isChanging ? { load: (node: NodeId): Load => fleet.load(node) } : {};
  const observe = parts.onConsole === undefined ? log.observe : aloud(log.observe, nodes, parts.onConsole);
  const world = new World({ clock, nodes, seed, times, observe, tftpSlots, ...load });
  for (const { id, kind, image } of plan.nodes) {
    const flaw = FLAWS[image.kind];
    if (flaw !== null && !isChanging) world.begin(id, flaw[kind]);
  }
  const bmcs = new SimBmcs({ clock, world, answer_ms: bmcAnswer_ms });
  const mishaps: MishapPort = {
    begin: ({ node, mishap }) => (isBmcMishap(mishap) ? bmcs.begin(node, mishap) : world.begin(node, mishap)),
    heal: ({ node, mishap }) => (isBmcMishap(mishap) ? bmcs.heal(node, mishap) : world.heal(node, mishap)),
    atWritten: (node, percent, reached) => fleet.watch(node, percent, reached),
  };
  return {
    clock,
    world,
    fleet,
    perform: withDeadlines(clock, route(simHandlers({ clock, world, fleet, boot: log, bmcs }))),
    mishaps,
  };
}

/** Has consoles say what there is to say of what is seen. */
function aloud(observe: Observe, nodes: readonly SimNodeFacts[], say: (node: NodeId, text: string) => void): Observe {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (seen) => {
    const node = byId.get(seen.node);
    const text = node === undefined ? '' : consoleTextOf(seen, node);
    if (text !== '') say(seen.node, text);
    observe(seen);
  };
}
