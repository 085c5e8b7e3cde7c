import { withDeadlines } from '../../core/effects/deadline.js';
import type { PromiseEdge } from '../../core/effects/promised.js';
import { route, type Handlers } from '../../core/effects/route.js';
import { Engine, type EngineParts } from '../../core/engine/engine.js';
import { recover } from '../../core/engine/recover.js';
import type { Fault } from '../../core/faults/fault.js';
import { fold } from '../../core/journal/fold.js';
import { machineId, type NodeId } from '../../core/ids.js';
import type { Holding } from '../../core/machines/deployment-context.js';
import type { EvidenceLog } from '../../core/observe/evidence-log.js';
import { Director } from '../../core/run/director.js';
import { Bookings } from '../../core/schedule/bookings.js';
import { scheduleHandlers } from '../../core/schedule/handlers.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import type { systemClock } from '../../drivers/system-clock/system-clock.js';
import type { WorldOutcome, WorldParts } from '../world.js';
import type { EmulatedMishaps } from './emulated-mishaps.js';
import type { LifecycleHandlers } from './lifecycle-handlers.js';
import type { RackHands } from './rack-hands.js';

/** States of a boot from which nothing goes on by itself. */
const ENDS: ReadonlySet<string> = new Set(['up', 'ramdisk', 'failed']);

export interface Stage {
  readonly parts: WorldParts;
  readonly clock: ReturnType<typeof systemClock>;
  readonly log: EvidenceLog;
  readonly rack: QemuRack;
  readonly hands: Pick<RackHands, 'handlers'>;
  readonly mishaps: EmulatedMishaps;
  /** What slots hold from the start, on a rack that is not new. */
  readonly holds: ReadonlyMap<NodeId, readonly Holding[]> | undefined;
  /** What does to images, LUNs and slots what their machines ask. */
  readonly lifecycle: (edge: PromiseEdge) => LifecycleHandlers;
}

/** `fault` is why steps were left, where that is known. */
type Played = Omit<WorldOutcome, 'faults' | 'versions' | 'sendings'> & { readonly fault: Fault | null };

/** Runs engine and director until all is over, interrupted, or something of ours breaks. */
export function direct(stage: Stage): Promise<Played> {
  const { parts, clock, rack, mishaps } = stage;
  const { plan, append, steppers, onEntered, signal } = parts;
  return new Promise<Played>((resolve, reject) => {
    const perform = route(handlersOf(stage, { clock, newAbort: () => new AbortController(), onBug: reject }));
    const end = (how: Played['how'], fault: Fault | null = null): void => {
      engine.stop();
      resolve({ how, fault, virtual_ms: clock.now(), standing: (machine) => engine.standing(machine) });
    };
    const director = new Director({ plan, clock, append, steppers, mishaps, holds: stage.holds, onOver: end });
    const recovered = engineOf(parts, {
      clock,
      perform: withDeadlines(clock, perform),
      append,
      onEntered: (machine, standing) => {
        const boot = plan.nodes.find(({ id }) => machine === machineId('boot', id));
        if (boot !== undefined && ENDS.has(standing.state)) rack.release(boot.id);
        onEntered(machine, standing);
        director.entered(machine, standing);
      },
    });
    const { engine } = recovered;
    signal.addEventListener('abort', () => end('interrupted'), { once: true });
    if (signal.aborted) end('interrupted');
    else director.begin(engine, { entries: parts.earlier ?? [], recover: () => recovered.begin() });
  });
}

/** A new engine, or one that goes on where the journal of a killed rig ends. */
export function engineOf({ earlier = [], steppers }: Pick<WorldParts, 'earlier' | 'steppers'>, parts: EngineParts) {
  if (earlier.length === 0) return { engine: new Engine(parts), begin: () => {} };
  return recover(parts, fold(earlier, steppers));
}

/** What brings about, on an emulated rack, what machines ask for. */
export function handlersOf(stage: Pick<Stage, 'clock' | 'log' | 'hands' | 'lifecycle'>, edge: PromiseEdge): Handlers {
  const { clock, log, hands, lifecycle } = stage;
  return {
    ...hands.handlers(edge),
    'boot.await': ({ node, after }, answer) =>
      log.next(node, after, (evidence) => answer({ ok: true, output: { evidence, at: clock.now() } })),
    ...scheduleHandlers(clock, new Bookings()),
    ...lifecycle(edge),
  };
}
