import type { Clock } from '../../../../core/clock.js';
import { sfdiskScript } from '../../../../core/disk/layout.js';
import type { NodeId } from '../../../../core/ids.js';
import type { Random } from '../../../../core/random.js';
import { assert } from '../../../../core/unreachable.js';
import { contentOf, type HttpCaller, type HttpContent, type HttpService } from '../http/service.js';
import type { HttpRefusal, HttpStream } from '../http/service.js';
import { LOCAL_SCRIPT, deployScript } from './boot-script.js';
import type { DeployEvent } from './events.js';
import { planText, stepsText, type DeployPlan, type DeployStep, type WriteStep } from './plan.js';
import { parseReport, type DeployReport } from './report.js';
import { isWholeWipe, stepEvent, type StepReport, type WipeReport } from './step-event.js';
import { sha256OfZeros } from './zeros.js';

/** What a mesh node is to do when it boots over the network. */
export type BootOrder = { readonly kind: 'local' } | { readonly kind: 'deploy'; readonly plan: DeployPlan };

/** Where an image's packed stream comes from. */
export interface ImageStream {
  readonly size_bytes: number;
  /** @see HttpStream */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface MeshNode {
  /** `10.99.0.101`. */
  readonly address: string;
  /** Length of its network's prefix. */
  readonly prefix_bits: number;
}

export interface DeployOptions {
  readonly clock: Clock;
  /** Tokens are drawn from it. Where strangers are on the wire it has to be one that nobody can foretell. */
  readonly random: Random;
  /** Our own, as the nodes reach it: `http://10.99.0.1`. */
  readonly url: string;
  readonly nodes: ReadonlyMap<NodeId, MeshNode>;
  /** Asked at each boot; a deploy order holds for that boot. */
  readonly order: (node: NodeId) => BootOrder;
  readonly kernel: HttpContent;
  readonly ramdisk: HttpContent;
  readonly kernelArguments: readonly string[];
  /** A new reading of the packed stream of what the node is to write. An error, or too few bytes, cut it off. */
  readonly open: (step: WriteStep, node: NodeId) => ImageStream;
  /** What the node's receiver reads to take part in the multicast of the step; null where there is none any more. */
  readonly invite: (step: WriteStep, node: NodeId) => string | null;
  readonly onEvent: (event: DeployEvent) => void;
}

/** Boot scripts for mesh nodes, and the talk with the deploy ramdisk that some of them start. Open to nobody else. */
export interface DeployService extends HttpService {
  /**
   * Gives one more step to the ramdisk that waits on the node.
   * @returns the step's number; null where none waits, or it has failed
   */
  add(node: NodeId, step: DeployStep): number | null;
}

/** One boot into the ramdisk. */
interface Deployment {
  readonly node: NodeId;
  readonly token: string;
  readonly plan: DeployPlan;
  /** The plan's, and what was added since. */
  readonly steps: DeployStep[];
  /** `written 3`: reports that were taken. One whose answer was lost comes again, and is not told again. */
  readonly taken: Set<string>;
  hasFailed: boolean;
  /** Comes when every proof that was reported has been looked at. */
  proofs: Promise<void>;
}

const SCRIPT = /^\/boot\/([a-z][a-z0-9-]{0,62})\.ipxe$/;
const CALL = /^\/deploy\/(plan|table|image|steps|multicast)(?:\/(\d{1,4}))?$/;
const NOT_FOUND: HttpRefusal = { status: 404 };
const FORBIDDEN: HttpRefusal = { status: 403 };
const TAKEN = contentOf(Buffer.from('ok\n'), 'text/plain');

export function openDeploy(options: DeployOptions): DeployService {
  const service = new Service(options);
  return {
    get: (path, caller) => service.get(path, caller),
    post: (path, body, caller) => service.post(path, body, caller),
    add: (node, step) => service.add(node, step),
  };
}

class Service {
  readonly #options: DeployOptions;
  readonly #byAddress: ReadonlyMap<string, NodeId>;
  /** By the address of the node that they were given to: at most one is good at a time. */
  readonly #deployments = new Map<string, Deployment>();

  constructor(options: DeployOptions) {
    this.#options = options;
    this.#byAddress = new Map([...options.nodes].map(([node, { address }]) => [address, node]));
  }

  get(path: string, caller: HttpCaller): HttpContent | HttpStream | HttpRefusal {
    if (path === '/boot/vmlinuz') return this.#options.kernel;
    if (path === '/boot/deploy.gz') return this.#options.ramdisk;
    const [, name] = SCRIPT.exec(path) ?? [];
    if (name !== undefined) return this.#script(name, caller);
    const [, call, number] = CALL.exec(path) ?? [];
    if (call === undefined) return NOT_FOUND;
    const deployment = this.#admitted(caller);
    if (deployment === null) return FORBIDDEN;
    if (number !== undefined) return this.#ofStep(call, deployment, Number(number));
    if (call === 'plan') return this.#plan(deployment);
    return call === 'table' ? textOf(sfdiskScript(deployment.plan.layout)) : NOT_FOUND;
  }

  add(node: NodeId, step: DeployStep): number | null {
    const deployment = this.#deployments.get(this.#options.nodes.get(node)?.address ?? '');
    if (deployment === undefined || deployment.plan.end !== 'wait' || deployment.hasFailed) return null;
    return deployment.steps.push(step) - 1;
  }

  post(path: string, body: Buffer, caller: HttpCaller): HttpContent | HttpRefusal {
    if (path !== '/deploy/report') return NOT_FOUND;
    const deployment = this.#admitted(caller);
    if (deployment === null) return FORBIDDEN;
    const report = parseReport(body);
    if (report === null) return { status: 400 };
    return this.#take(deployment, report) ? TAKEN : { status: 409 };
  }

  /** Only the node itself gets its script: a neighbour that asked for it would void the node's token, and have one. */
  #script(name: string, { address }: HttpCaller): HttpContent | HttpRefusal {
    const { nodes, order, url, kernelArguments } = this.#options;
    const node = this.#byAddress.get(address);
    if (node === undefined || node !== name) return FORBIDDEN;
    const ordered = order(node);
    this.#deployments.delete(address);
    this.#tell({ node, kind: 'scriptFetched', script: ordered.kind });
    if (ordered.kind === 'local') return textOf(LOCAL_SCRIPT);
    const token = this.#token();
    this.#deployments.set(address, newDeployment(node, token, ordered.plan));
    const prefix_bits = nodes.get(node)?.prefix_bits ?? 32;
    return textOf(deployScript({ node, url, token, kernelArguments, address: `${address}/${prefix_bits}` }));
  }

  #admitted({ address, bearer }: HttpCaller): Deployment | null {
    const deployment = this.#deployments.get(address);
    if (deployment !== undefined && bearer === deployment.token) return deployment;
    const node = this.#byAddress.get(address);
    if (node !== undefined) this.#tell({ node, kind: 'refused', from: address });
    return null;
  }

  #plan({ node, plan, steps }: Deployment): HttpContent {
    this.#tell({ node, kind: 'calledBack' });
    return textOf(planText(node, { ...plan, steps }));
  }

  #ofStep(call: string, deployment: Deployment, number: number): HttpContent | HttpStream | HttpRefusal {
    if (call === 'steps') return stepsFrom(deployment, number);
    const { node, steps } = deployment;
    const step = steps[number];
    if (step?.kind !== 'write') return NOT_FOUND;
    if (call === 'image') return this.#image(step, node);
    return call === 'multicast' ? this.#invitation(step, node) : NOT_FOUND;
  }

  #image(step: WriteStep, node: NodeId): HttpStream {
    const { size_bytes, chunks } = this.#options.open(step, node);
    assert(size_bytes === step.size_bytes, `${step.image} is as long as the plan says`);
    return { size_bytes, chunks };
  }

  #invitation(step: WriteStep, node: NodeId): HttpContent | HttpRefusal {
    const text = step.by === 'multicast' ? this.#options.invite(step, node) : null;
    return text === null ? NOT_FOUND : textOf(text);
  }

  /** @returns false for a report that does not belong to the plan */
  #take(deployment: Deployment, report: DeployReport): boolean {
    const { node, steps } = deployment;
    if ('step' in report && report.kind !== 'failed') return this.#takeOfStep(deployment, report);
    switch (report.kind) {
      case 'laidOut':
        this.#tell({ node, ...report });
        return true;
      case 'failed': {
        const slot = report.step === null ? null : steps[report.step]?.slot;
        if (slot === undefined) return false;
        deployment.hasFailed = true;
        this.#tell({ node, ...report, slot });
        return true;
      }
      case 'done':
        // What follows is the next boot's, and has to have the next boot's token.
        this.#deployments.delete(this.#options.nodes.get(node)?.address ?? '');
        void deployment.proofs.then(() => this.#tell({ node, ...report }));
        return true;
    }
  }

  #takeOfStep(deployment: Deployment, report: StepReport): boolean {
    const { node, plan, steps, taken } = deployment;
    const step = steps[report.step];
    if (step === undefined) return false;
    const event = report.kind === 'wiped' ? null : stepEvent(report, step);
    if (report.kind === 'wiped' ? !isWholeWipe(report, step, plan.layout) : event === null) return false;
    // Progress that comes late is not told any more.
    const isOld = taken.has(`${report.kind === 'progress' ? 'written' : report.kind} ${report.step}`);
    taken.add(`${report.kind} ${report.step}`);
    if (isOld) return true;
    if (report.kind === 'wiped') this.#prove(deployment, report, step.slot);
    else if (event !== null) this.#tell({ node, ...event });
    return true;
  }

  #prove(deployment: Deployment, report: WipeReport, slot: number): void {
    const { node, proofs } = deployment;
    const { read_bytes, sha256 } = report.readBack;
    const proven = sha256OfZeros(read_bytes, this.#options.clock).then((zeros) => {
      this.#tell({ node, ...report, slot, isZero: zeros === sha256 });
    });
    deployment.proofs = proofs.then(() => proven);
  }

  #tell(event: DeployEvent): void {
    this.#options.onEvent(event);
  }

  /** 128 bits. */
  #token(): string {
    const words = [0, 1, 2, 3].map(() => Math.floor(this.#options.random.next() * 2 ** 32));
    return words.map((word) => word.toString(16).padStart(8, '0')).join('');
  }
}

function newDeployment(node: NodeId, token: string, plan: DeployPlan): Deployment {
  return { node, token, plan, steps: [...plan.steps], taken: new Set(), hasFailed: false, proofs: Promise.resolve() };
}

/** What was added since the ramdisk took so many; nothing is an empty answer. */
function stepsFrom({ plan, steps }: Deployment, taken: number): HttpContent | HttpRefusal {
  return taken > steps.length ? NOT_FOUND : textOf(stepsText(plan.layout, steps.slice(taken)));
}

function textOf(text: string): HttpContent {
  return contentOf(Buffer.from(text, 'latin1'), 'text/plain');
}
