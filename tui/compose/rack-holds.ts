import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Standing } from '../../core/engine/step.js';
import { FaultError } from '../../core/faults/fault.js';
import { list, member, object, text, whole } from '../../core/image/json-shape.js';
import { nodeId, type MachineId, type NodeId } from '../../core/ids.js';
import type { DeploymentContext, Holding } from '../../core/machines/deployment-context.js';

const FILE = 'slots.json';

/** What the slots of a rack's disks hold, in a file beside them: the next command on the rack begins with it. */
export class RackHolds {
  readonly #directory: string;
  readonly #nodes: Map<NodeId, readonly Holding[]>;

  /** @throws FaultError CFG-003 where the file can't be read or is not one of these */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
    const file = join(directory, FILE);
    this.#nodes = existsSync(file) ? read(file) : new Map();
  }

  /** By node; one that is not here has a disk that nobody has written to. */
  get nodes(): ReadonlyMap<NodeId, readonly Holding[]> {
    return this.#nodes;
  }

  /** A machine has come into a state: what its node's slots hold by then is on the disk before it goes on. */
  entered(machine: MachineId, { context }: Standing): void {
    if (!machine.startsWith('deployment:')) return;
    const { node, medium, slots } = context as DeploymentContext;
    if (medium !== 'slot' || this.#nodes.get(node) === slots) return;
    this.#nodes.set(node, slots);
    const file = join(this.#directory, FILE);
    const text = JSON.stringify({ version: 1, nodes: Object.fromEntries(this.#nodes) }, null, 1);
    writeFileSync(`${file}.new`, `${text}\n`, { flush: true });
    renameSync(`${file}.new`, file);
  }
}

function read(file: string): Map<NodeId, readonly Holding[]> {
  try {
    const all = object(JSON.parse(readFileSync(file, 'utf8')), 'the file');
    if (member(all, 'version') !== 1) throw new RangeError(`version ${String(all['version'])} is not known`);
    const nodes = Object.entries(object(member(all, 'nodes'), 'nodes'));
    return new Map(nodes.map(([node, slots]) => [nodeId(node), list(slots, holdingOf)]));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}

/** Of the site, or PROJECT/NAME. */
const IMAGE = /^[a-z0-9][a-z0-9._-]{0,62}(\/[a-z0-9][a-z0-9._-]{0,62})?$/;

function holdingOf(value: unknown): Holding {
  const holding = object(value, 'a slot');
  return {
    slot: whole(member(holding, 'slot')),
    image: text(member(holding, 'image'), IMAGE),
  };
}
