import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { Read } from './answers.js';
import type { Call } from './call.js';
import type { RedfishClient } from './client.js';
import { linkAt, listAt, textAt } from './json.js';

/** Where on a BMC the machine, its chassis and its manager are; found once. */
export class Places {
  #system: string | null = null;

  readonly #client: RedfishClient;
  readonly #wanted: string | null;

  constructor(client: RedfishClient, wanted: string | null) {
    this.#client = client;
    this.#wanted = wanted;
  }

  /** The ComputerSystem, as it is now. */
  async readSystem(call: Call): Promise<Read> {
    if (this.#system !== null) {
      try {
        return await this.#client.get(this.#system, call);
      } catch (thrown) {
        // Another firmware, or another BMC behind the same address, may have it elsewhere.
        if (faultOf(thrown)?.code !== 'RDF-008') throw thrown;
      }
    }
    const found = await this.#findSystem(call);
    this.#system = found.path;
    return found;
  }

  /** The chassis that the system is in, as it is now. */
  readChassis(system: Read, call: Call): Promise<Read> {
    return this.#readLinked(system, { link: 'Chassis', collection: 'Chassis' }, call);
  }

  /** The BMC itself, as it is now. */
  readManager(system: Read, call: Call): Promise<Read> {
    return this.#readLinked(system, { link: 'ManagedBy', collection: 'Managers' }, call);
  }

  /** What a link of a resource leads to. @throws FaultError RDF-008 where there is none */
  async follow(read: Read, name: string, call: Call): Promise<Read> {
    const path = linkAt(read.body, name);
    if (path === null) throw this.lacks(`${name} at ${read.path}`);
    return this.#client.get(path, call);
  }

  lacks(resource: string): FaultError {
    return new FaultError({ code: 'RDF-008', kind: 'redfish.lacks', bmc: this.#client.bmc, resource });
  }

  async #findSystem(call: Call): Promise<Read> {
    const paths = await this.#members('Systems', call);
    const [only] = paths;
    if (this.#wanted === null && only !== undefined && paths.length === 1) return this.#client.get(only, call);
    const named = paths.find((path) => idOf(path) === this.#wanted);
    if (this.#wanted !== null && named !== undefined) return this.#client.get(named, call);
    throw new FaultError({
      code: 'RDF-017',
      kind: 'redfish.whichSystem',
      bmc: this.#client.bmc,
      wanted: this.#wanted,
      offered: paths.map(idOf),
    });
  }

  /** By the system's own link; a service without that has one of it, or it cannot be known which. */
  async #readLinked(system: Read, names: Linked, call: Call): Promise<Read> {
    const { link, collection } = names;
    const linked = listAt(system.body, 'Links', link).map((one) => linkAt(one));
    const [path = null] = linked.length > 0 ? linked : await this.#members(collection, call);
    if (path === null) throw this.lacks(`${link} at ${system.path}`);
    return this.#client.get(path, call);
  }

  async #members(name: string, call: Call): Promise<readonly string[]> {
    const path = linkAt(await this.#client.root(call), name);
    if (path === null) throw this.lacks(name);
    const { body } = await this.#client.get(path, call);
    return listAt(body, 'Members')
      .map((one) => linkAt(one))
      .filter((one) => one !== null);
  }
}

interface Linked {
  readonly link: string;
  readonly collection: string;
}

function idOf(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? path;
}

/** Who made the machine, in lower case: what the quirks go by. */
export function makerOf({ body }: Read): string {
  return (textAt(body, 'Manufacturer') ?? '').toLowerCase();
}
