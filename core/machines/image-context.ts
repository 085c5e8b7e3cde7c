import type { Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { BootStop, Medium } from '../ports/image.js';
import type { WipeProof } from '../ports/wipe-proof.js';

/** What is done about a node that fails on the way: tried again, gone on without, or all is given up. */
export const POLICIES = ['wait', 'go-on', 'give-up'] as const;
export type Policy = (typeof POLICIES)[number];

/** A node that the image is for. `leftOut`: gone on without, or of an earlier deployment; it may hold it still. */
export interface ImageNode {
  readonly node: NodeId;
  readonly medium: Medium;
  /** Null for a LUN. */
  readonly slot: number | null;
  readonly is: 'underWay' | 'ready' | 'running' | 'failed' | 'leftOut' | 'wiped';
  /** How often it was tried again. */
  readonly retries: number;
}

export interface ImageContext {
  readonly image: string;
  readonly project: string;
  /** What it is to be booted from. */
  readonly media: readonly Medium[];
  readonly at: number;
  readonly nodes: readonly ImageNode[];
  readonly policy: Policy;
  /** When its timeslot begins. */
  readonly startsAt: number;
  /** Whether it is to be run as soon as it is ready everywhere. */
  readonly isWanted: boolean;
  readonly fault: Fault | null;
  readonly proofs: readonly ProvenWipe[];
  readonly passed: readonly PassedState[];
}

export interface ProvenWipe extends WipeProof {
  readonly node: NodeId;
  readonly slot: number | null;
  readonly at: number;
}

export interface PassedState {
  readonly state: string;
  readonly at: number;
}

export interface ImageInput {
  readonly image: string;
  readonly project: string;
  readonly media: readonly Medium[];
}

export interface DeployRequest {
  readonly type: 'deploy.requested';
  readonly at: number;
  readonly nodes: readonly Pick<ImageNode, 'node' | 'medium' | 'slot'>[];
  readonly policy: Policy;
  readonly startsAt: number;
  readonly isWanted: boolean;
}

/** What nodes and the LUN branch tell of the image. */
export type ImageNews =
  | {
      readonly type: 'deployment.ready' | 'deployment.running' | 'deployment.left';
      readonly at: number;
      readonly node: NodeId;
    }
  | { readonly type: 'deployment.failed'; readonly at: number; readonly node: NodeId; readonly fault: Fault }
  | {
      readonly type: 'deployment.wiped';
      readonly at: number;
      readonly node: NodeId;
      readonly slot: number | null;
      readonly proof: WipeProof;
      /** Whether no slot of the node holds the image any more. */
      readonly isGone: boolean;
    }
  | { readonly type: 'lun.staged'; readonly at: number }
  | { readonly type: 'lun.failed'; readonly at: number; readonly fault: Fault };

export type ImageEvent =
  | {
      readonly type: 'handIn.requested' | 'start.requested' | 'rollBack.requested' | 'takeOff.requested';
      readonly at: number;
    }
  | DeployRequest
  | ImageNews;

/** What of the lifecycle an image is in: each takes news in its own way. */
export type Phase = 'deploying' | 'starting' | 'standing' | 'takingOff';

/** A node that fails as often as that is broken; more tries only hide it. */
export const MOST_RETRIES = 20;

export function initialImage({ image, project, media }: ImageInput): ImageContext {
  const asked = { nodes: [], policy: 'give-up', startsAt: 0, isWanted: false } as const;
  return { image, project, media, at: 0, ...asked, fault: null, proofs: [], passed: [] };
}

/** Nodes of an earlier deployment may hold the image still: they are kept until they are wiped. */
export function scheduled(context: ImageContext, request: DeployRequest): ImageContext {
  const { nodes, policy, startsAt, isWanted, at } = request;
  const earlier = context.nodes.filter(({ node, is }) => is !== 'wiped' && !nodes.some((asked) => asked.node === node));
  const asked = nodes.map((node): ImageNode => ({ ...node, is: 'underWay', retries: 0 }));
  const leftOut = earlier.map((node): ImageNode => ({ ...node, is: 'leftOut' }));
  return { ...context, at, policy, startsAt, isWanted, fault: null, nodes: [...asked, ...leftOut] };
}

export function refused(context: ImageContext, from: Medium, { stage, cause }: BootStop): Fault {
  return { code: 'DPL-001', kind: 'image.bad', image: context.image, from, stage, cause: cause.kind };
}

/** The context once the news is taken. */
export function heard(context: ImageContext, phase: Phase, news: ImageNews): ImageContext {
  const { at } = news;
  switch (news.type) {
    case 'deployment.ready':
      // A node that is to boot it says so once it has.
      return phase === 'starting' ? { ...context, at } : withNode({ ...context, at }, news.node, { is: 'ready' });
    case 'deployment.left':
      // What is being written is not there because an earlier one was left for it.
      return phase === 'deploying' ? { ...context, at } : withNode({ ...context, at }, news.node, { is: 'ready' });
    case 'deployment.running':
      return phase === 'deploying' ? { ...context, at } : withNode({ ...context, at }, news.node, { is: 'running' });
    case 'deployment.failed':
      if (isBeingStaged(context, phase, news.node)) return { ...context, at };
      return failedNode({ ...context, at, fault: news.fault }, phase, news.node);
    case 'deployment.wiped': {
      const { node, slot, proof, isGone } = news;
      const after = { ...context, at, proofs: [...context.proofs, { node, slot, at, ...proof }] };
      const has = context.nodes.find((one) => one.node === node);
      // It may be taken off before it has come to the slot that it was to have: then it was in another one.
      if (phase === 'takingOff') return isGone ? withNode(after, node, { is: 'wiped', slot }) : after;
      // Where it is still to be written, or has another slot now, this was what an earlier deployment had left there.
      const isEarlier = has?.slot !== slot || (phase === 'deploying' && has.is === 'underWay');
      return isEarlier ? after : withNode(after, node, { is: 'wiped' });
    }
    case 'lun.staged': {
      const nodes = context.nodes.map((node) => (isOf('lun', node) ? ({ ...node, is: 'ready' } as const) : node));
      return { ...context, at, nodes };
    }
    case 'lun.failed':
      return { ...context, at, fault: news.fault };
  }
}

function withNode(context: ImageContext, id: NodeId, change: Partial<ImageNode>): ImageContext {
  const isKept = (node: ImageNode): boolean => node.is === 'leftOut' && change.is !== 'wiped';
  const nodes = context.nodes.map((node) => (node.node !== id || isKept(node) ? node : { ...node, ...change }));
  return { ...context, nodes };
}

/** While the image is on its way, its policy says what becomes of it; later a failed node is only a failed node. */
function failedNode(context: ImageContext, phase: Phase, id: NodeId): ImageContext {
  const isOnItsWay = phase === 'deploying' || phase === 'starting';
  const retries = 1 + (context.nodes.find(({ node }) => node === id)?.retries ?? 0);
  if (!isOnItsWay || context.policy === 'give-up') return withNode(context, id, { is: 'failed' });
  if (context.policy === 'go-on') return withNode(context, id, { is: 'leftOut' });
  return withNode(context, id, retries > MOST_RETRIES ? { is: 'failed' } : { is: 'underWay', retries });
}

const isOf = (medium: Medium, node: ImageNode): boolean => node.medium === medium && node.is !== 'leftOut';

/** The state that the image is in by what it knows of its nodes. */
export function routeOf(phase: Phase, context: ImageContext): string {
  const nodes = context.nodes.filter(({ is }) => is !== 'leftOut');
  const some = (is: ImageNode['is']): boolean => nodes.some((node) => node.is === is);
  const all = (is: ImageNode['is']): boolean => nodes.every((node) => node.is === is);
  if (phase === 'takingOff') {
    if (context.nodes.every(({ is }) => is === 'wiped')) return 'stored';
    return context.nodes.every(({ is }) => is === 'wiped' || is === 'failed') ? 'takeOffFailed' : 'takingOff';
  }
  if (context.nodes.some(({ is }) => is === 'wiped')) {
    // Its slot was handed on to another image: it is no whole any more, and goes off the rest as well.
    return context.nodes.every(({ is }) => is === 'wiped') ? 'stored' : 'takingOff';
  }
  if (phase === 'standing') {
    if (all('running') && nodes.length > 0) return 'running';
    return some('failed') || some('underWay') ? 'degraded' : 'ready.all';
  }
  if (nodes.length === 0 || some('failed')) return 'deployFailed';
  if (phase === 'starting') {
    if (all('running')) return 'running';
    // Another image was started on the others meanwhile.
    return some('underWay') ? 'starting' : 'ready.all';
  }
  return deployingRoute(context, nodes);
}

function deployingRoute({ isWanted }: ImageContext, nodes: readonly ImageNode[]): string {
  const [lun, slot] = [standOf('lun', nodes), standOf('slot', nodes)];
  if (lun === 'underWay' && slot === 'underWay') return 'deploying.both';
  if (lun === 'underWay') return slot === 'none' ? 'deploying.lun' : 'ready.slot';
  if (slot === 'underWay') return lun === 'none' ? 'deploying.slot' : 'ready.lun';
  return isWanted ? 'starting' : 'ready.all';
}

function standOf(medium: Medium, nodes: readonly ImageNode[]): 'none' | 'underWay' | 'ready' {
  const concerned = nodes.filter((node) => node.medium === medium);
  if (concerned.length === 0) return 'none';
  return concerned.some(({ is }) => is === 'underWay') ? 'underWay' : 'ready';
}

export interface ImageTells {
  readonly tells: readonly { readonly to: MachineId; readonly event: { readonly type: string; readonly at: number } }[];
}

/** Both branches begin at once: the LUNs are staged and the slots written. */
export function launch({ image, nodes, at }: ImageContext): ImageTells {
  const luns = nodes.filter((node) => isOf('lun', node)).map(({ node }) => node);
  const slots = nodes.filter((node) => isOf('slot', node));
  const among = slots.map(({ node }) => node);
  const staging = { to: branchOf(image), event: { type: 'stage.requested', at, nodes: luns } };
  const keeping = luns.map((node) => ({
    to: machineId('deployment', node),
    event: { type: 'keep.requested', at, image },
  }));
  const writes = slots.map(({ node, slot }) => {
    return { to: machineId('deployment', node), event: { type: 'write.requested', at, image, slot, among } };
  });
  return { tells: [...(luns.length === 0 ? [] : [...keeping, staging]), ...writes] };
}

/** Every node is asked to run the image: the set of LUNs is switched, the slots become the default. */
export function begin({ image, nodes, at }: ImageContext): ImageTells {
  const hasLuns = nodes.some((node) => isOf('lun', node));
  const switching = { to: branchOf(image), event: { type: 'switch.requested', at } };
  const starts = nodes
    .filter((node) => isOf('slot', node) && node.is !== 'running')
    .map(({ node, slot }) => {
      return { to: machineId('deployment', node), event: { type: 'start.requested', at, image, slot } };
    });
  return { tells: [...(hasLuns ? [switching] : []), ...starts] };
}

/** Nodes that do not run it are waited for. */
export function booting({ nodes }: ImageContext): readonly ImageNode[] {
  return nodes.map((node) => (node.is === 'ready' || node.is === 'failed' ? { ...node, is: 'underWay' } : node));
}

export function takeAway({ image, nodes, at }: ImageContext): ImageTells {
  const wipes = nodes.map(({ node, slot, is }) => {
    const to = machineId('deployment', node);
    // Another image has the slot: nothing of what was to be done there for this one is to be done any more.
    if (is === 'wiped') return { to, event: { type: 'drop.requested', at, image } };
    return { to, event: { type: 'takeOff.requested', at, image, slot } };
  });
  return { tells: [{ to: branchOf(image), event: { type: 'clear.requested', at } }, ...wipes] };
}

/** Staging a LUN takes nothing of its node: how an earlier boot of that went is no news until it is to boot again. */
function isBeingStaged({ nodes }: ImageContext, phase: Phase, id: NodeId): boolean {
  return phase === 'deploying' && nodes.some(({ node, medium }) => node === id && medium === 'lun');
}

/** What a node that failed is told, as the policy has it. One that was left out already is not told again. */
export function mend(context: ImageContext, phase: Phase, news: ImageNews): ImageTells {
  if (news.type !== 'deployment.failed') return { tells: [] };
  if (isBeingStaged(context, phase, news.node)) return { tells: [] };
  const { image } = context;
  const { at } = news;
  const isIn = ({ nodes }: ImageContext) => nodes.find(({ node }) => node === news.node)?.is;
  const [before, is] = [isIn(context), isIn(heard(context, phase, news))];
  const to = machineId('deployment', news.node);
  if (is === 'underWay') return { tells: [{ to, event: { type: 'retry.requested', at } }] };
  const dropping = { type: 'drop.requested', at, image };
  return { tells: is === 'leftOut' && before !== 'leftOut' ? [{ to, event: dropping }] : [] };
}

/** All that may hold the image is to be wiped, those left out before included. */
export function withdrawn({ nodes }: ImageContext): readonly ImageNode[] {
  return nodes.map((node) => (node.is === 'wiped' ? node : { ...node, is: 'underWay' }));
}

export function rollBack({ image, at }: ImageContext): ImageTells {
  return { tells: [{ to: branchOf(image), event: { type: 'rollBack.requested', at } }] };
}

function branchOf(image: string): MachineId {
  return machineId('lunBranch', image);
}
