import type { Clock } from '../../core/clock.js';
import type { Answer, EffectCatalog, EffectKind } from '../../core/effects/catalog.js';
import type { Cancel } from '../../core/effects/perform.js';
import type { Handlers } from '../../core/effects/route.js';
import type { BmcFault } from '../../core/faults/bmc.js';
import type { NodeId } from '../../core/ids.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';
import type { PowerState } from '../../core/ports/power.js';
import type { World } from '../world.js';

export interface SimBmcParts {
  readonly clock: Clock;
  readonly world: World;
  readonly answer_ms: number;
}

/** As the driver of real BMCs does it: how long silence is waited for, and how often a level is told again. */
const SILENCE_MS = 6_000;
const TELL_AGAIN_MS = 10_000;
const SETTLE_MS = 30_000;
/** What a slow BMC takes a call, what a restart of one takes, and how long one is silent after a burst. */
const SLOW_MS = 4_000;
const RESTART_MS = 20_000;
const MUTE_MS = 5_000;

/** How a call to a BMC ends, and after how long. */
interface Course {
  readonly after_ms: number;
  readonly fault: BmcFault | null;
}

/** The BMCs of the simulated rack, with what a driver makes of them: what is worked around only takes longer. */
export class SimBmcs {
  readonly #parts: SimBmcParts;
  readonly #mishaps = new Map<NodeId, Set<BmcMishapKind>>();
  /** What a BMC tells that has stopped looking. */
  readonly #stale = new Map<NodeId, PowerState>();

  constructor(parts: SimBmcParts) {
    this.#parts = parts;
  }

  begin(node: NodeId, mishap: BmcMishapKind): void {
    if (mishap === 'bmc.stale-power') this.#stale.set(node, this.#parts.world.power(node));
    this.#mishaps.set(node, new Set([...(this.#mishaps.get(node) ?? []), mishap]));
  }

  heal(node: NodeId, mishap: BmcMishapKind): void {
    this.#mishaps.get(node)?.delete(mishap);
  }

  readonly bootDevice: Handlers['bootDevice.ensure'] = ({ node, device, lasts = 'always' }, answer) => {
    const { world } = this.#parts;
    return this.#call(node, answer, () => {
      if (!this.#has(node, 'bmc.boot-device-lost')) world.setBootDevice(node, { device, lasts });
      return { device };
    });
  };

  readonly verify: Handlers['bmc.verify'] = ({ node }, answer) =>
    this.#call(node, answer, () => ({
      notes: [
        ...(this.#has(node, 'bmc.boot-device-lost') ? [unkept(node)] : []),
        ...(this.#has(node, 'bmc.any-password') ? [openToAll(node)] : []),
      ],
      power: this.#told(node),
    }));

  readonly power: Handlers['power.ensure'] = ({ node, want }, answer) => {
    const { clock } = this.#parts;
    const startedAt = clock.now();
    let cancel: Cancel = () => {};
    const heard = (told: Answer<'power.ensure'>): void => {
      const now = clock.now();
      if (!told.ok || this.#isSettled(node, want)) answer(told);
      else if (now - startedAt >= SETTLE_MS) answer({ ok: false, failure: { fault: unmoved(node), at: now } });
      else {
        const timer = clock.setTimer(TELL_AGAIN_MS, tell);
        cancel = () => timer.cancel();
      }
    };
    const tell = (): void => {
      cancel = this.#call(node, heard, () => this.#switch(node, want));
    };
    tell();
    return () => cancel();
  };

  #switch(node: NodeId, want: PowerState): { readonly power: PowerState } {
    const isIgnored = want === 'on' && this.#has(node, 'bmc.power-on-ignored');
    if (!isIgnored) this.#parts.world.setPower(node, want);
    return { power: want };
  }

  /** Whether the BMC says that the power is as it was asked to be. */
  #isSettled(node: NodeId, want: PowerState): boolean {
    return this.#told(node) === want;
  }

  /** What it says of the power. */
  #told(node: NodeId): PowerState {
    const stale = this.#has(node, 'bmc.stale-power') ? this.#stale.get(node) : undefined;
    return stale ?? this.#parts.world.power(node);
  }

  #call<K extends EffectKind>(
    node: NodeId,
    answer: (answer: Answer<K>) => void,
    act: () => EffectCatalog[K]['out'],
  ): Cancel {
    const { clock } = this.#parts;
    const { after_ms, fault } = this.#course(node);
    const timer = clock.setTimer(after_ms, () => {
      const at = clock.now();
      if (fault !== null) answer({ ok: false, failure: { fault, at } });
      else answer({ ok: true, output: { ...act(), at } });
    });
    return () => timer.cancel();
  }

  #course(node: NodeId): Course {
    const { answer_ms } = this.#parts;
    if (this.#has(node, 'bmc.gone')) return { after_ms: SILENCE_MS, fault: silent(node) };
    if (this.#has(node, 'bmc.wrong-password')) return { after_ms: answer_ms, fault: loginRefused(node) };
    return { after_ms: answer_ms + this.#delay(node), fault: null };
  }

  #delay(node: NodeId): number {
    if (this.#takes(node, 'bmc.needs-reset')) return RESTART_MS;
    if (this.#takes(node, 'bmc.mute-after-burst')) return MUTE_MS;
    return this.#has(node, 'bmc.slow') ? SLOW_MS : 0;
  }

  #has(node: NodeId, mishap: BmcMishapKind): boolean {
    return this.#mishaps.get(node)?.has(mishap) === true;
  }

  /** What the driver gets over by itself, once. */
  #takes(node: NodeId, mishap: BmcMishapKind): boolean {
    return this.#mishaps.get(node)?.delete(mishap) === true;
  }
}

const because = 'simulated';

function silent(node: NodeId): BmcFault {
  return { code: 'BMC-001', kind: 'bmc.silent', node, because };
}

function loginRefused(node: NodeId): BmcFault {
  return { code: 'BMC-002', kind: 'bmc.loginRefused', node, because };
}

function unmoved(node: NodeId): BmcFault {
  return { code: 'BMC-003', kind: 'bmc.powerUnmoved', node, because };
}

function unkept(node: NodeId): BmcFault {
  return { code: 'BMC-004', kind: 'bmc.bootDeviceUnkept', node, because };
}

function openToAll(node: NodeId): BmcFault {
  return { code: 'BMC-005', kind: 'bmc.openToAll', node, because };
}
