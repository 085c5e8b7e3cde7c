import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Observation } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { planOf } from '../../core/scenario/plan.js';
import type { Site } from '../../core/site/site.js';
import { buildPayload } from '../../drivers/payload/payload.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { refuseMesh, refuseUnoffered } from '../compose/emulated-refusals.js';
import { farHandsOf } from '../compose/far-hands.js';
import { removeRackState, writeRackState } from '../compose/rack-state.js';
import { keepUp, scenarioText, seedOf, type KeepUpParts, type KeptRun, type KeptWorld } from './keep.js';
import { KEPT_PAYLOAD, openKeptRack } from './kept-rack.js';
import { LiveEmulated } from './live-emulated.js';
import type { RackView } from './rack-view.js';

export interface KeepEmulatedUpParts extends KeepUpParts {
  readonly view: RackView;
}

/** What is to be found out, and done, before a rack goes to the background: it may take minutes the first time. */
export async function prepareEmulated(site: Site, view: RackView, signal: AbortSignal): Promise<void> {
  refuse(site);
  await buildPayload({ progress: (doing) => view.progress(doing), signal, uses: KEPT_PAYLOAD });
}

/** Keeps an emulated rack up. @returns as `keepUp` @throws FaultError as `keepUp`, CFG-004 and as `openKeptRack` */
export async function keepEmulatedUp(parts: KeepEmulatedUpParts): Promise<boolean> {
  refuse(parts.site);
  const onUp: KeepUpParts['onUp'] = (told) => {
    if (told.places !== null) writeRackState(told.places);
    parts.onUp(told);
  };
  return keepUp({ ...parts, onUp, world: 'emulated' }, (run) => openWorld(parts, run));
}

async function openWorld(parts: KeepEmulatedUpParts, { run, journal, earlier }: KeptRun): Promise<KeptWorld> {
  const { place, site, view, signal } = parts;
  const plan = planOf(scenarioText(site), join(run, BUNDLE.scenario), site);
  const seed = seedOf(earlier) ?? parts.seed;
  const clock = systemClock(earlier.at(-1)?.at);
  const { append } = journal;
  if (earlier.length > 0) append({ entry: 'resumed', entries: earlier.length }, clock.now());
  else append({ entry: 'opened', version: 1, scenario: `rack ${place.name}`, world: 'emulated', seed }, clock.now());
  const log = new EvidenceLog(clock);
  const observe = (seen: Observation): void => {
    log.observe(seen);
    view.seen(seen, clock.now());
  };
  const noted = (fault: Fault): void => {
    append({ entry: 'fault', fault }, clock.now());
    view.fault(fault, clock.now());
  };
  const lasting = { run, sockets: place.sockets, certificates: place.certificates, before: place.places() };
  const rack = await openKeptRack({ ...lasting, plan, seed, earlier, clock, observe, noted, signal });
  for (const [node, found] of rack.opened.found) {
    if (found.state !== 'running') continue;
    append({ entry: 'taken.over', node, pid: found.pid, powerOn: found.powerOn }, clock.now());
  }
  for (const [node, chassis] of rack.room.chassis) {
    chassis.onChange(() => view.chassis(node, chassis, clock.now()));
  }
  const closed = (wasEnded: boolean): void => {
    removeRackState(site.file);
    if (wasEnded) rmSync(join(run, BUNDLE.rack), { recursive: true, force: true });
  };
  const far = farHandsOf({ nodes: site.nodes, clock, journal, earlier });
  return new LiveEmulated({ name: place.name, plan, earlier, append, clock, log, rack, far, noted, closed });
}

function refuse(site: Site): void {
  const plan = planOf(scenarioText(site), BUNDLE.scenario, site);
  refuseUnoffered(plan);
  refuseMesh(plan);
}
