import { imageRef } from '../../../core/image/ref.js';
import { nodeId } from '../../../core/ids.js';
import { POLICIES } from '../../../core/machines/image-context.js';
import { meant } from '../../../core/site/checks.js';
import type { Site, SiteNode } from '../../../core/site/site.js';
import { planOf } from '../../../core/scenario/plan.js';
import type { DarkStore } from '../../../drivers/dark-store/driver.js';
import { usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { playSim } from '../../compose.js';
import { loadSite } from '../../load-plan.js';
import { runPlan } from '../../run-plan.js';
import { worldOf } from '../../world-choice.js';
import { bookedFor, requireFree, scheduleFor, type Booked } from './booking.js';
import { deployScenario, takeOffScenario, type FleetOrder } from './fleet-scenario.js';
import { choice, openStore } from './store.js';

const COMMAND = { name: 'image' };

export function deployImage([name = '']: readonly string[], given: Given, io: Io): Promise<number> {
  return play({ what: 'deploy', name, text: deployScenario }, given, io);
}

export function takeOffImage([name = '']: readonly string[], given: Given, io: Io): Promise<number> {
  return play({ what: 'take-off', name, text: takeOffScenario }, given, io);
}

interface Asked {
  readonly what: 'deploy' | 'take-off';
  readonly name: string;
  readonly text: (order: FleetOrder) => string;
}

/** Both are scenarios, written for this image and site: journaled, replayable and told like every other one. */
async function play({ what, name, text }: Asked, given: Given, io: Io): Promise<number> {
  const store = openStore(given);
  const manifest = await store.manifest(imageRef(name));
  const siteFile = given.text('site');
  if (siteFile === undefined) throw usage(COMMAND, `${what} takes --site with the file of the site`);
  const { site, text: siteText } = loadSite(siteFile);
  const booked = bookedFor(manifest, given, io);
  const nodes = nodesFor(site, given, booked).filter(({ kind }) => manifest.kinds.includes(kind));
  if (nodes.length === 0) throw usage(COMMAND, `${name} is for ${manifest.kinds.join(' and ')} nodes; none is named`);
  const desk = booked === null ? scheduleFor(given, io) : null;
  if (desk !== null)
    requireFree(
      manifest,
      nodes.map(({ id }) => id),
      desk,
    );
  if (what === 'take-off' && given.number('slot') !== undefined)
    throw usage(COMMAND, 'take-off takes no --slot: the image goes off the slot that holds it');
  const slot = what === 'take-off' ? null : (slotOf(site, given) ?? booked?.slot ?? null);
  const failing = choice(given, 'failing', POLICIES) ?? 'give-up';
  const startsIn_ms = booked?.startsIn_ms ?? 0;
  const scenarioText = text({ manifest, siteFile: 'site.yaml', nodes, slot, failing, startsIn_ms });
  const plan = planOf(scenarioText, `image-${what}-${manifest.name}.scenario.yaml`, site);
  const world = worldOf(COMMAND, plan, given);
  if (world === 'sim' && given.text('rack') !== undefined)
    throw usage(COMMAND, 'a simulated rack keeps nothing: no --rack');
  const chosen = world === 'sim' ? playSim : await emulatedPlay(store, given);
  return runPlan({ plan, scenarioText, siteText, world, play: chosen }, given, io);
}

/** A rack's disks and LUNs outlive the command where a directory is named for them. */
async function emulatedPlay(store: DarkStore, given: Given) {
  const { playFromShelf } = await import('../../compose/play-emulated.js');
  return playFromShelf(store, given.text('rack') ?? null);
}

function slotOf({ file, disk: { slots } }: Site, given: Given): number | null {
  const slot = given.number('slot') ?? null;
  if (slot !== null && (slot < 1 || slot > slots)) throw usage(COMMAND, `disks of ${file} have slots 1 to ${slots}`);
  return slot;
}

/** Those that were named, else those of the reservation, else all of the site. */
function nodesFor(site: Site, given: Given, booked: Booked | null): readonly SiteNode[] {
  const named = given.text('nodes')?.split(',') ?? booked?.nodes ?? null;
  if (named === null) return site.nodes;
  const known = site.nodes.map(({ id }) => id);
  return named.map((text) => {
    const node = site.nodes.find(({ id }) => id === text);
    if (node !== undefined) return node;
    throw usage(COMMAND, `${site.file} has no node ${JSON.stringify(text)}. ${meant(nodeId(text), known)}`);
  });
}
