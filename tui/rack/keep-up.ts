import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Observation } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import type { Site } from '../../core/site/site.js';
import { buildPayload, type Payload } from '../../drivers/payload/payload.js';
import { BUNDLE, createBundle, type Bundle } from '../../drivers/run-bundle/bundle.js';
import type { Accelerator } from '../../drivers/qemu/node.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import type { Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { acceleratorProbe } from '../compose/emulated.js';
import { imagesOf } from '../compose/emulated-mishaps.js';
import { offerSiteImages, openEmulatedRack } from '../compose/emulated-rack.js';
import { refuseMesh, refuseUnoffered } from '../compose/emulated-refusals.js';
import { kcsPortsOf } from '../compose/kcs-ports.js';
import { openMachineRoom, type MachineRoom } from '../compose/machine-room.js';
import { removeRackState, writeRackState } from '../compose/rack-state.js';
import { makeScratch } from '../compose/scratch.js';
import { rackView, type RackView } from './rack-view.js';

export interface LoadedSite {
  readonly site: Site;
  readonly text: string;
}

/** Comes when the signal is aborted and nothing of the rack runs any more. */
export async function keepRackUp({ site, text }: LoadedSite, given: Given, io: Io): Promise<void> {
  const plan = planOfSite(site);
  refuseUnoffered(plan);
  refuseMesh(plan);
  const stamp = wallNow().iso.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const bundle = createBundle(given.text('out') ?? join('runs', `${stamp}-rack-${site.name.replace(/\W+/g, '-')}`));
  bundle.write(BUNDLE.site, text);
  const view = rackView(site, given.flag('json'), io);
  const payload = await buildPayload({
    progress: (doing) => view.progress(doing),
    signal: io.signal,
    uses: ['bootFile', ...imagesOf(plan)],
  });
  const { accelerator } = await acceleratorProbe();
  view.progress('');
  await keepRack({
    plan,
    site,
    bundle,
    payload,
    accelerator,
    view,
    seed: given.number('seed') ?? 1,
    signal: io.signal,
  });
}

interface Kept {
  readonly plan: Plan;
  readonly site: Site;
  readonly bundle: Bundle;
  readonly payload: Payload;
  readonly accelerator: Accelerator;
  readonly view: RackView;
  readonly seed: number;
  readonly signal: AbortSignal;
}

async function keepRack({ plan, site, bundle, payload, accelerator, view, seed, signal }: Kept): Promise<void> {
  const scratch = makeScratch();
  const home = bundle.path(BUNDLE.rack);
  const clock = systemClock();
  mkdirSync(home, { recursive: true });
  const noted = (fault: Fault): void => view.fault(fault, clock.now());
  const observe = (seen: Observation): void => view.seen(seen, clock.now());
  const readSecret = secretReader({ folder: dirname(site.file), environment: process.env, clock });
  try {
    const kcsPorts = await kcsPortsOf(plan.nodes);
    await using opened = await openEmulatedRack({
      plan,
      seed,
      payload,
      mesh: null,
      clock,
      observe,
      noted,
      accelerator,
      scratch,
      home,
      capturePath: bundle.path(BUNDLE.capture),
      consoleDirectory: bundle.path(BUNDLE.consoles),
      forOthers: { kcsPorts },
    });
    offerSiteImages(opened, plan, payload);
    await using room = await openMachineRoom({
      site,
      nodes: plan.nodes,
      rack: opened.rack,
      clock,
      readSecret,
      kcsPorts,
      noted,
      signal,
      directory: join(scratch, 'bmc'),
    });
    await tell(room, { site, view, signal, now: () => clock.now() });
  } finally {
    removeRackState(site.file);
    rmSync(scratch, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

interface Telling {
  readonly site: Site;
  readonly view: RackView;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

async function tell(room: MachineRoom, { site, view, signal, now }: Telling): Promise<void> {
  for (const [node, chassis] of room.chassis) chassis.onChange(() => view.chassis(node, chassis, now()));
  writeRackState({ version: 1, pid: process.pid, site: resolve(site.file), ...room.places });
  view.places(room.places);
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

const SCENARIO = `version: 1
name: rack
description: A rack that waits for whoever drives it.
site: rack.site.yaml
expect:
  all: { outcome: up }
`;

function planOfSite(site: Site): Plan {
  return planOf(SCENARIO, 'rack.scenario.yaml', site);
}
