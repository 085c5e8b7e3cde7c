import { machineId } from '../../../core/ids.js';
import type { BootContext } from '../../../core/machines/boot-context.js';
import type { DeploymentContext } from '../../../core/machines/deployment-context.js';
import type { StateMeta } from '../../../core/machines/meta.js';
import { targetName, type Site, type SiteNode } from '../../../core/site/site.js';
import type { FaultRecord } from './fault-log.js';
import type { Machine } from './machine.js';
import type { Model } from './model.js';

export type Tone = StateMeta['tone'];

/** A machine's state with what is to be said of it at a glance. */
export interface StateFacts {
  readonly state: string;
  readonly tone: Tone;
  /** When it was entered. */
  readonly since: number;
  readonly isAtRest: boolean;
}

export type Place =
  | { readonly kind: 'lun'; readonly target: string | null }
  | { readonly kind: 'slot'; readonly slot: number };

/** One node as the rack shows it. */
export interface NodeFacts {
  readonly id: string;
  readonly world: string;
  readonly power: 'on' | 'off' | 'unknown';
  readonly node: StateFacts | null;
  readonly boot: StateFacts | null;
  /** Where images are brought to it. */
  readonly deployment: StateFacts | null;
  /** The stage at hand; that of the failure where the boot has failed. */
  readonly stage: string;
  readonly boots: number;
  /** The image that it is up in, or is to boot. */
  readonly image: string | null;
  /** Where that is: a slot, or a LUN by its target's name. */
  readonly place: Place | null;
  readonly fault: FaultRecord | null;
  readonly lastSeen: string | null;
  /** What of it is under way: the machine closest to the hardware. */
  readonly moving: Machine | null;
}

/** What a site file adds to the journal, by node. */
export class SiteBook {
  readonly #site: Site | null;
  readonly #nodes: ReadonlyMap<string, SiteNode>;

  constructor(site: Site | null) {
    this.#site = site;
    this.#nodes = new Map(site?.nodes.map((node) => [node.id, node]));
  }

  /** In the order of the file. */
  get names(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  node(id: string): SiteNode | null {
    return this.#nodes.get(id) ?? null;
  }

  /** The name of a root node's target. */
  target({ id }: SiteNode): string | null {
    return this.#site === null ? null : targetName(this.#site, id);
  }
}

export function nodeFacts(model: Model, site: SiteBook, id: string): NodeFacts {
  const machines = machinesOf(model, id);
  const { node, boot, deployment } = machines;
  const context = boot?.standing.context as BootContext | undefined;
  const planned = site.node(id);
  const held = imageOf(deployment, planned);
  return {
    id,
    world: model.opening?.world ?? planned?.world ?? 'unknown',
    power: model.power(id)?.is ?? 'unknown',
    node: stateFacts(model, node),
    boot: stateFacts(model, boot),
    deployment: stateFacts(model, deployment),
    stage: context?.failure?.stage ?? boot?.standing.state ?? 'unknown',
    boots: context?.boot ?? 0,
    image: held.image,
    place: placeOf(site, planned, held.slot),
    fault: model.faults.last(`node:${id}`),
    lastSeen: context?.lastSeen ?? null,
    moving: underWay(model, machines)[0] ?? null,
  };
}

/** A node's machines, those that it has. */
export function machinesOf(model: Model, id: string) {
  const of = (kind: 'node' | 'boot' | 'deployment'): Machine | undefined => model.machine(machineId(kind, id));
  return { node: of('node'), boot: of('boot'), deployment: of('deployment') };
}

/** A node's machines that are on their way, the one first that the others wait for. */
export function underWay(model: Model, { boot, node, deployment }: ReturnType<typeof machinesOf>): readonly Machine[] {
  const known = [boot, node, deployment].filter((one) => one !== undefined).filter((one) => isMoving(model, one));
  // A boot at rest is waited for by nobody, whatever its node thinks: then it is the one that has asked for something.
  const first = known.find(({ kind, asked }) => kind === 'boot' || (asked !== null && asked.effect !== 'time.await'));
  return first === undefined ? known : [first, ...known.filter((one) => one !== first)];
}

export function isMoving({ book }: Model, { kind, standing }: Machine): boolean {
  return !book.isAtRest(kind, standing.state);
}

export function stateFacts(model: Model, machine: Machine | undefined): StateFacts | null {
  if (machine === undefined) return null;
  const { kind, standing, since } = machine;
  const leaf = model.book.leaf(kind, standing.state);
  const isAtRest = model.book.isAtRest(kind, standing.state);
  return { state: standing.state, tone: leaf?.meta.tone ?? 'idle', since, isAtRest };
}

interface Held {
  readonly image: string | null;
  readonly slot: number | null;
}

/** Where no image was deployed, what the site says. */
function imageOf(deployment: Machine | undefined, planned: SiteNode | null): Held {
  const context = deployment?.standing.context as DeploymentContext | undefined;
  const image = context?.runs ?? context?.boots ?? null;
  if (context === undefined || image === null)
    return { image: planned?.image.name ?? null, slot: planned?.slot ?? null };
  return { image, slot: context.slots.find((holding) => holding.image === image)?.slot ?? null };
}

function placeOf(site: SiteBook, planned: SiteNode | null, slot: number | null): Place | null {
  if (slot !== null) return { kind: 'slot', slot };
  return planned?.kind === 'root' ? { kind: 'lun', target: site.target(planned) } : null;
}

/** Facts of all nodes, made anew only for those that have changed. */
export class NodeBoard {
  readonly #site: SiteBook;
  #places = new Map<string, number>();
  #all: NodeFacts[] = [];
  #of: Model | null = null;

  constructor(site: SiteBook) {
    this.#site = site;
  }

  /** What the site file says of it; null where there is none. */
  plannedOf(id: string): SiteNode | null {
    return this.#site.node(id);
  }

  /** Nodes that the site file names, whether or not the run has any of them. */
  get planned(): readonly string[] {
    return this.#site.names;
  }

  /** In the order in which the nodes came. */
  all(model: Model): readonly NodeFacts[] {
    const touched = model.takeTouched();
    const ids = model.names('node');
    // After going back it is another model, of another past.
    if (model !== this.#of) {
      this.#of = model;
      this.#places = new Map();
      this.#all = [];
    }
    for (let place = this.#all.length; place < ids.length; place += 1) this.#put(model, ids[place] ?? '', place);
    for (const subject of touched) {
      const id = subject.slice(subject.indexOf(':') + 1);
      const place = subject.startsWith('node:') ? this.#places.get(id) : undefined;
      if (place !== undefined) this.#put(model, id, place);
    }
    return this.#all;
  }

  one(model: Model, id: string): NodeFacts {
    const all = this.all(model);
    return all[this.#places.get(id) ?? -1] ?? nodeFacts(model, this.#site, id);
  }

  #put(model: Model, id: string, place: number): void {
    this.#places.set(id, place);
    this.#all[place] = nodeFacts(model, this.#site, id);
  }
}
