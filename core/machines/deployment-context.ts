import type { Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { Medium } from '../ports/image.js';
import type { WipeProof } from '../ports/wipe-proof.js';

/** One thing to be done to a node's disk or LUN. `slot` is null for LUNs, which are wiped only. */
export type Task =
  | { readonly do: 'write'; readonly image: string; readonly slot: number; readonly among: readonly NodeId[] }
  | { readonly do: 'default'; readonly image: string; readonly slot: number }
  | { readonly do: 'wipe'; readonly image: string; readonly slot: number | null };

/** What becomes of the node once its tasks are done: it waits in the ramdisk, boots an image, or is powered off. */
export type Intent = 'hold' | 'boot' | 'rest';

export interface DeploymentContext {
  readonly node: NodeId;
  readonly medium: Medium;
  /** How long the node may take to come into its ramdisk or image. */
  readonly patience_ms: number;
  readonly at: number;
  readonly tasks: readonly Task[];
  /** What has been begun to be written and is not proven wiped, by slot. */
  readonly slots: readonly Holding[];
  readonly intent: Intent;
  /** The image that the node is to boot, and the one that it is up in. */
  readonly boots: string | null;
  readonly runs: string | null;
  /** Why the node failed last. */
  readonly fault: Fault | null;
  /** What was read back after each wipe, whoever's image it was. */
  readonly proofs: readonly NodeWipe[];
}

export interface NodeWipe extends WipeProof {
  readonly image: string;
  /** Null for a LUN. */
  readonly slot: number | null;
  readonly at: number;
}

export interface Holding {
  readonly slot: number;
  readonly image: string;
}

export interface DeploymentInput {
  readonly node: NodeId;
  readonly medium: Medium;
  readonly patience_ms?: number;
  /** What its slots hold from the start. */
  readonly slots?: readonly Holding[];
}

/** What images ask of a node. */
export type DeploymentRequest =
  | ({ readonly type: 'write.requested'; readonly at: number } & WriteRequest)
  | ({ readonly type: 'start.requested'; readonly at: number } & Place)
  | ({ readonly type: 'takeOff.requested'; readonly at: number } & Place)
  | { readonly type: 'retry.requested'; readonly at: number }
  /** `keep`: its LUN is staged anew, and not wiped any more. */
  | { readonly type: 'drop.requested' | 'keep.requested'; readonly at: number; readonly image: string };

/** And what the node's own machine tells. */
export type DeploymentEvent =
  | DeploymentRequest
  | { readonly type: 'node.up' | 'node.off' | 'node.ramdisk'; readonly at: number }
  | { readonly type: 'node.failed' | 'node.down'; readonly at: number; readonly fault: Fault };

export interface Place {
  readonly image: string;
  /** Null for a LUN. */
  readonly slot: number | null;
}

export interface WriteRequest {
  readonly image: string;
  readonly slot: number;
  readonly among: readonly NodeId[];
}

/** Half an hour: a node's own boot gives up after minutes, so this ends only waits for nodes that show no sign. */
export const PATIENCE_MS = 1_800_000;

export function initialDeployment(input: DeploymentInput): DeploymentContext {
  const { node, medium, patience_ms = PATIENCE_MS, slots = [] } = input;
  const idle = { tasks: [], intent: 'rest', boots: null, runs: null, fault: null, proofs: [] } as const;
  return { node, medium, patience_ms, at: 0, slots, ...idle };
}

/** The context once a request is taken. */
export function requested(context: DeploymentContext, request: DeploymentRequest): DeploymentContext {
  return { ...context, ...changeOf(context, request), at: request.at };
}

/** The image that was to boot and will not, for another one's sake; null: there is none. */
export function displacedBy(context: DeploymentContext, request: DeploymentRequest): string | null {
  const { boots, intent } = context;
  if (intent !== 'boot' || request.type === 'retry.requested' || request.image === boots) return null;
  const after = requested(context, request);
  return after.boots === boots && after.intent === 'boot' ? null : boots;
}

type Change = Partial<DeploymentContext>;

function changeOf(context: DeploymentContext, request: DeploymentRequest): Change {
  switch (request.type) {
    case 'write.requested':
      return write(context, request);
    case 'start.requested':
      return start(context, request);
    case 'takeOff.requested':
      return takeOff(context, request);
    case 'drop.requested':
      return forget(context, request.image);
    case 'keep.requested':
      return { tasks: context.tasks.filter(({ do: what, image }) => what !== 'wipe' || image !== request.image) };
    case 'retry.requested':
      return {};
  }
}

/** A slot that holds another image is wiped before it is handed on, and so is another slot that holds this one. */
function write(context: DeploymentContext, { image, slot, among }: WriteRequest): Change {
  const isElsewhere = (task: Task): boolean => task.image === image && task.slot !== slot && task.do !== 'wipe';
  const tasks = context.tasks.filter((task) => !isElsewhere(task));
  const others = context.slots.filter((holding) => (holding.slot === slot) !== (holding.image === image));
  const wipes = others.filter((other) => !isToBeWiped(tasks, other)).map((other): Task => ({ do: 'wipe', ...other }));
  const before = [...tasks, ...wipes];
  const last = before.filter((task) => task.slot === slot && task.do !== 'default').at(-1);
  const isAsked = last?.do === 'write' && last.image === image;
  const isHeld = heldOf(context, image).some((holding) => holding.slot === slot);
  const slots = isHeld ? context.slots : [...context.slots, { slot, image }];
  return { tasks: isAsked ? before : [...before, { do: 'write', image, slot, among }], slots, intent: 'hold' };
}

/** The latest request says what boots. A LUN that is to be wiped does not: the node rests. */
function start({ tasks }: DeploymentContext, { image, slot }: Place): Change {
  const others = tasks.filter((task) => task.do !== 'default');
  if (slot !== null) return { tasks: [...others, { do: 'default', image, slot }], intent: 'boot', boots: image };
  const isGoing = isToBeWiped(tasks, { image, slot });
  return { tasks: others, intent: isGoing ? 'rest' : 'boot', boots: isGoing ? null : image };
}

/**
 * Off every slot that holds it: one that it was to move to may not have been begun. Of a slot that another image was
 * given meanwhile there is nothing to wipe for this one. LUNs are the store's business: it knows whether there is any.
 */
function takeOff(context: DeploymentContext, { image, slot }: Place): Change {
  const forgotten = forget(context, image);
  const places: readonly Place[] = slot === null ? [{ image, slot }] : heldOf(context, image);
  const left = places.filter((place) => !isToBeWiped(forgotten.tasks, place));
  return { ...forgotten, tasks: [...forgotten.tasks, ...left.map((place): Task => ({ do: 'wipe', ...place }))] };
}

function heldOf({ slots }: DeploymentContext, image: string): readonly Holding[] {
  return slots.filter((holding) => holding.image === image);
}

/** Whether no slot of the node holds the image. */
export function isFreeOf(context: DeploymentContext, image: string): boolean {
  return heldOf(context, image).length === 0;
}

function isToBeWiped(tasks: readonly Task[], { image, slot }: Place): boolean {
  const own = tasks.filter((task) => task.slot === slot && task.image === image && task.do !== 'default');
  return own.at(-1)?.do === 'wipe';
}

/** Whether an image that is to be taken off is not there: it is told so at once. */
export function isAbsent(context: DeploymentContext, request: DeploymentRequest): boolean {
  return request.type === 'takeOff.requested' && request.slot !== null && isFreeOf(context, request.image);
}

/** What the node was to do for the image is not wanted any more, save to wipe it off. */
function forget({ tasks, boots, intent }: DeploymentContext, image: string) {
  const left = tasks.filter((task) => task.image !== image || task.do === 'wipe');
  const booted = boots === image ? null : boots;
  const isHeld = intent === 'hold' && left.some((task) => task.do === 'write');
  const next: Intent = isHeld ? 'hold' : booted === null ? 'rest' : 'boot';
  return { tasks: left, boots: booted, intent: next };
}

/** What an effect's outcome says is done; requests that came meanwhile may have dropped the task itself. */
export function finished(context: DeploymentContext, what: Task['do'], output: Outcome): DeploymentContext {
  const { tasks, slots } = context;
  const task = tasks.find(
    (candidate) =>
      candidate.do === what &&
      (!('slot' in output) || candidate.slot === output.slot) &&
      (!('image' in output) || candidate.image === output.image),
  );
  const left = tasks.filter((other) => other !== task);
  const after = { ...context, tasks: left, at: output.at };
  if (what !== 'wipe' || task === undefined || !('proof' in output)) return after;
  const { image, slot } = task;
  const proofs = [...context.proofs, { ...output.proof, image, slot, at: output.at }];
  const writes = left.filter((other) => other.do === 'write' && other.image === image);
  const isGone = !writes.some((other) => other.slot === slot);
  const held = slots.filter((holding) => !isGone || holding.slot !== slot || holding.image !== image);
  // What is not there any more is not booted either.
  return { ...after, ...(writes.length === 0 ? forget(after, image) : {}), slots: held, proofs };
}

/** Where the node is when something is to be begun: in its ramdisk, off, off or up beside a LUN, or who knows where. */
export type Whereabouts = 'ramdisk' | 'off' | 'lun' | 'outside';

/** The state that does what is first to be done; or, nothing being left, what the node is to become. */
export function routeFrom(place: Whereabouts, context: DeploymentContext): string {
  const next = context.tasks[0]?.do ?? context.intent;
  return context.medium === 'lun' ? lunRoute(place, context, next) : SLOT_ROUTES[place][next];
}

type Next = Task['do'] | Intent;

/** A LUN is wiped under no boot: its node is off, or is known to be up in another one. */
function lunRoute(place: Whereabouts, { tasks, boots, runs }: DeploymentContext, next: Next): string {
  const isOff = runs === null && place !== 'outside';
  if (next === 'wipe') {
    const isBeside = runs !== null && runs !== tasks[0]?.image;
    return isOff || isBeside ? 'wipingLun' : 'stopping.wipe';
  }
  if (next === 'boot') return place === 'lun' && runs !== null && runs === boots ? 'up' : 'stopping.local';
  return isOff ? 'idle' : 'stopping.rest';
}

const THROUGH_RAMDISK = 'scripting.deploy';
const OUTSIDE: Readonly<Record<Next, string>> = {
  write: THROUGH_RAMDISK,
  wipe: THROUGH_RAMDISK,
  default: THROUGH_RAMDISK,
  hold: THROUGH_RAMDISK,
  boot: 'scripting.local',
  rest: 'stopping.rest',
};
const SLOT_ROUTES: Readonly<Record<Whereabouts, Readonly<Record<Next, string>>>> = {
  outside: OUTSIDE,
  off: { ...OUTSIDE, rest: 'idle' },
  lun: OUTSIDE,
  ramdisk: {
    write: 'writing',
    wipe: 'wiping',
    default: 'settingDefault',
    hold: 'inRamdisk',
    boot: 'scripting.local',
    rest: 'stopping.rest',
  },
};

export function unproven({ node, tasks }: DeploymentContext, proof: WipeProof): Fault {
  const unread_bytes = proof.size_bytes - proof.read_bytes;
  const image = tasks.find((task) => task.do === 'wipe')?.image ?? '';
  return { code: 'DPL-003', kind: 'wipe.unproven', node, image, unread_bytes, isZero: proof.isZero };
}

export interface DeploymentNews {
  readonly to: MachineId;
  readonly event: { readonly type: string; readonly at: number; readonly node: NodeId };
}

/** To the image that is concerned, where there is one. */
export function newsTo(
  image: string | null,
  { node }: DeploymentContext,
  event: { readonly type: string; readonly at: number; readonly fault?: Fault | null },
) {
  const tells: readonly DeploymentNews[] =
    image === null ? [] : [{ to: machineId('image', image), event: { ...event, node } }];
  return { tells };
}

/** To every image that waits for the node. */
export function failureNews(context: DeploymentContext) {
  const { tasks, boots, at, fault } = context;
  const images = new Set([...tasks.map(({ image }) => image), ...(boots === null ? [] : [boots])]);
  const event = { type: 'deployment.failed', at, fault };
  return { tells: [...images].flatMap((image) => newsTo(image, context, event).tells) };
}
