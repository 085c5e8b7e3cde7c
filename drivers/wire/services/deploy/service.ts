import type { Clock } from '../../../../core/clock.js';
import { SECTOR_BYTES, sfdiskScript, slotPartition, slotPartitionNumber } from '../../../../core/disk/layout.js';
import type { NodeId } from '../../../../core/ids.js';
import type { Random } from '../../../../core/random.js';
import { assert } from '../../../../core/unreachable.js';
import { contentOf, type HttpCaller, type HttpContent, type HttpService } from '../http/service.js';
import type { HttpRefusal, HttpStream } from '../http/service.js';
import { LOCAL_SCRIPT, deployScript } from './boot-script.js';
import type { DeployEvent } from './events.js';
import { planText, type DeployPlan, type DeployStep } from './plan.js';
import { parseReport, type DeployReport } from './report.js';
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
  /** A new reading of an image's packed stream. A chunk's error, or too few bytes, resets the connection. */
  readonly open: (image: string) => ImageStream;
  readonly onEvent: (event: DeployEvent) => void;
}

/** One boot into the ramdisk. */
interface Deployment {
  readonly node: NodeId;
  readonly token: string;
  readonly plan: DeployPlan;
  /** Slots that were written and reported: progress that is late is not told any more. */
  readonly written: Set<number>;
  /** Comes when every proof that was reported has been looked at. */
  proofs: Promise<void>;
}

type WriteStep = Extract<DeployStep, { kind: 'write' }>;

const SCRIPT = /^\/boot\/([a-z][a-z0-9-]{0,62})\.ipxe$/;
const CALL = /^\/deploy\/(plan|table|report|image\/(\d{1,2}))$/;
const NOT_FOUND: HttpRefusal = { status: 404 };
const FORBIDDEN: HttpRefusal = { status: 403 };
const TAKEN = contentOf(Buffer.from('ok\n'), 'text/plain');

/** Boot scripts for mesh nodes, and the talk with the deploy ramdisk that some of them start. Open to nobody else. */
export function openDeploy(options: DeployOptions): HttpService {
  const service = new Service(options);
  return {
    get: (path, caller) => service.get(path, caller),
    post: (path, body, caller) => service.post(path, body, caller),
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
    const [, call, partition] = CALL.exec(path) ?? [];
    if (call === undefined || call === 'report') return NOT_FOUND;
    const deployment = this.#admitted(caller);
    if (deployment === null) return FORBIDDEN;
    if (partition !== undefined) return this.#image(deployment, Number(partition) - slotPartitionNumber(0));
    return call === 'plan' ? this.#plan(deployment) : textOf(sfdiskScript(deployment.plan.layout));
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
    this.#deployments.set(address, { node, token, plan: ordered.plan, written: new Set(), proofs: Promise.resolve() });
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

  #plan({ node, plan }: Deployment): HttpContent {
    this.#tell({ node, kind: 'calledBack' });
    return textOf(planText(node, plan));
  }

  #image({ plan }: Deployment, slot: number): HttpStream | HttpRefusal {
    const step = writeTo(plan, slot);
    if (step === null) return NOT_FOUND;
    const { size_bytes, chunks } = this.#options.open(step.image);
    assert(size_bytes === step.size_bytes, `${step.image} is as long as the plan says`);
    return { size_bytes, chunks };
  }

  /** @returns false for a report that does not belong to the plan */
  #take(deployment: Deployment, report: DeployReport): boolean {
    const { node, plan } = deployment;
    switch (report.kind) {
      case 'progress':
        return this.#progress(deployment, report);
      case 'written': {
        const step = writeTo(plan, report.slot);
        if (step === null || step.sha256 !== report.sha256) return false;
        deployment.written.add(report.slot);
        this.#tell({ node, ...report, image: step.image });
        return true;
      }
      case 'wiped':
        return this.#wiped(deployment, report);
      case 'bootable':
      case 'defaulted':
        if (!plan.steps.some(({ slot }) => slot === report.slot)) return false;
        this.#tell({ node, ...report });
        return true;
      case 'laidOut':
      case 'failed':
        this.#tell({ node, ...report });
        return true;
      case 'done':
        // What follows is the next boot's, and has to have the next boot's token.
        this.#deployments.delete(this.#options.nodes.get(node)?.address ?? '');
        void deployment.proofs.then(() => this.#tell({ node, ...report }));
        return true;
    }
  }

  #progress({ node, plan, written }: Deployment, report: Extract<DeployReport, { kind: 'progress' }>): boolean {
    const step = writeTo(plan, report.slot);
    if (step === null || report.done_bytes > step.size_bytes) return false;
    if (!written.has(report.slot)) this.#tell({ node, ...report, of_bytes: step.size_bytes });
    return true;
  }

  #wiped(deployment: Deployment, report: Extract<DeployReport, { kind: 'wiped' }>): boolean {
    const { node, plan, proofs } = deployment;
    const { slot, proof, guest_ms } = report;
    const isPlanned = plan.steps.some((step) => step.kind === 'wipe' && step.slot === slot);
    if (!isPlanned || proof.read_bytes !== slotPartition(plan.layout, slot).size_sectors * SECTOR_BYTES) return false;
    const looked = sha256OfZeros(proof.read_bytes, this.#options.clock).then((zeros) => {
      if (zeros === proof.sha256) this.#tell({ node, ...report });
      else this.#tell({ node, kind: 'failed', guest_ms, what: 'wipe', slot, text: 'what was read back is not zero' });
    });
    deployment.proofs = proofs.then(() => looked);
    return true;
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

function writeTo({ steps }: DeployPlan, slot: number): WriteStep | null {
  const step = steps.find((one): one is WriteStep => one.kind === 'write' && one.slot === slot);
  return step ?? null;
}

function textOf(text: string): HttpContent {
  return contentOf(Buffer.from(text, 'latin1'), 'text/plain');
}
