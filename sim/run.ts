import { withDeadlines } from '../core/effects/deadline.js';
import { route } from '../core/effects/route.js';
import { Engine } from '../core/engine/engine.js';
import type { Standing, Stepper } from '../core/engine/step.js';
import type { MachineId } from '../core/ids.js';
import type { Append } from '../core/journal/entry.js';
import type { MachineKind } from '../core/machines/steppers.js';
import { EvidenceLog } from '../core/observe/evidence-log.js';
import { Director } from '../core/run/director.js';
import type { Plan } from '../core/scenario/plan.js';
import { targetName } from '../core/site/site.js';
import { VirtualClock } from './clock.js';
import { simHandlers } from './drivers/perform.js';
import { measuredTimes, type StageTimes } from './stages/times.js';
import { World } from './world.js';

export interface SimParts {
  readonly plan: Plan;
  readonly seed: number;
  readonly append: Append;
  readonly steppers: Readonly<Record<MachineKind, Stepper>>;
  readonly onEntered?: (machine: MachineId, standing: Standing) => void;
  /** Looked at now and then: a person may want to stop a long run. */
  readonly isInterrupted?: () => boolean;
  readonly times?: StageTimes;
  readonly tftpSlots?: number;
}

export interface SimOutcome {
  readonly how: 'settled' | 'overtime' | 'stuck' | 'interrupted';
  readonly virtual_ms: number;
  readonly standing: (machine: MachineId) => Standing | undefined;
}

/** tftpd-hpa and dnsmasq serve many more; the limit only matters to models that say so. */
const MANY_SLOTS = 1_000_000;

const STEPS_BETWEEN_LOOKS = 10_000;

/** Runs a scenario in the simulated world to its end. One seed, one run, one journal. */
export function runSim(parts: SimParts): SimOutcome {
  const { plan, seed, append, steppers, onEntered, times = measuredTimes, tftpSlots = MANY_SLOTS } = parts;
  const clock = new VirtualClock();
  const log = new EvidenceLog(clock);
  const nodes = plan.nodes.map(({ id, image }) => {
    return { id, bootFile: plan.site.bootFile, target: targetName(plan.site, id), image: image.name };
  });
  const world = new World({ clock, nodes, seed, times, observe: log.observe, tftpSlots });
  let how: SimOutcome['how'] = 'stuck';
  const director: Director = new Director({
    plan,
    clock,
    append,
    steppers,
    mishaps: {
      begin: ({ node, mishap }) => world.begin(node, mishap),
      heal: ({ node, mishap }) => world.heal(node, mishap),
    },
    onOver: (end) => {
      how = end;
    },
  });
  const perform = withDeadlines(clock, route(simHandlers(clock, world, log)));
  const engine = new Engine({
    clock,
    perform,
    append,
    onEntered: (machine, standing) => {
      onEntered?.(machine, standing);
      director.entered(machine, standing);
    },
  });
  append({ entry: 'opened', version: 1, scenario: plan.scenario.name, world: 'sim', seed }, 0);
  director.begin(engine);
  const isInterrupted = parts.isInterrupted ?? (() => false);
  for (let steps = 1; how === 'stuck' && clock.step(); steps += 1) {
    if (steps % STEPS_BETWEEN_LOOKS === 0 && isInterrupted()) how = 'interrupted';
  }
  return { how, virtual_ms: clock.now(), standing: (machine) => engine.standing(machine) };
}
