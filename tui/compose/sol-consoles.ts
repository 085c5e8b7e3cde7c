import type { Clock } from '../../core/clock.js';
import type { Observe } from '../../core/evidence.js';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { Plan } from '../../core/scenario/plan.js';
import { assert } from '../../core/unreachable.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import type { Hands } from './hands.js';
import { SolConsole } from './sol-console.js';

export interface SolConsolesParts {
  readonly plan: Plan;
  readonly hands: Hands;
  readonly rack: Pick<QemuRack, 'line' | 'heard'>;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly consoleDirectory: string;
  readonly noted: (fault: Fault) => void;
}

/** The consoles of a run that come by serial over LAN: what is known of those nodes' boots is what their BMCs bring. */
export class SolConsoles implements AsyncDisposable {
  readonly #consoles: ReadonlyMap<NodeId, SolConsole>;
  readonly #noted: (fault: Fault) => void;

  constructor({ plan, hands, rack, consoleDirectory: directory, ...parts }: SolConsolesParts) {
    this.#noted = parts.noted;
    this.#consoles = new Map(
      plan.nodes
        .filter(({ console }) => console === 'sol')
        .map((node) => {
          const { console } = hands.bmc(node);
          assert(console !== null, 'a site file gives serial over LAN only to BMCs that speak IPMI');
          const heard = (bytes: Buffer): void => rack.heard(node.id, bytes);
          return [
            node.id,
            new SolConsole({ ...parts, node: node.id, console, line: rack.line(node.id), directory, heard }),
          ];
        }),
    );
  }

  /**
   * Comes when the node's console is attached; it stays so. Nothing where it is heard directly.
   * @throws FaultError CON-001, IPM-001 to IPM-013
   */
  async attach(node: NodeId, signal: AbortSignalLike): Promise<void> {
    await this.#consoles.get(node)?.attached(signal);
  }

  /** Of a rack that may be on already; one that cannot be had now is looked for, or had when its node is verified. */
  async attachAll(signal: AbortSignalLike): Promise<void> {
    await Promise.all(
      [...this.#consoles.values()].map((console) =>
        console.attached(signal).catch((thrown: unknown) => {
          if (!(thrown instanceof FaultError)) throw thrown;
        }),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const console of this.#consoles.values()) {
      const fault = faultOf(await console.close().catch((thrown: unknown) => thrown));
      if (fault !== null) this.#noted(fault);
    }
  }
}
