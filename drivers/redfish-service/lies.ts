import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';

/** How this BMC lies or fails, as BMCs of the field do. Looked at for each request, so that it can begin and end. */
export interface RedfishLies {
  /** Says not a word, as with its cable pulled. */
  readonly gone: boolean;
  /** Refuses everybody's password. */
  readonly refusesPasswords: boolean;
  /** `PowerState` stays what it was when this began. */
  readonly stalePower: boolean;
  /** A boot override is taken and used, and reads back as disabled. */
  readonly writeOnlyBootDevice: boolean;
  /** A boot override is taken, and forgotten at once. */
  readonly losesBootDevice: boolean;
  /** PowerCycle and ForceRestart leave the machine off. */
  readonly cycleLeavesOff: boolean;
  /** On is answered with 204, and nothing happens. */
  readonly powerOnWithoutEffect: boolean;
  /** So many requests within a second, and it answers nobody for as long as it says. */
  readonly silentAfterBurst: { readonly requests: number; readonly silent_ms: number } | null;
  /** Answers 503 to everything until its manager is reset. */
  readonly needsReset: boolean;
  readonly takesAnyPassword: boolean;
  /** Before each answer. */
  readonly slow_ms: number;
  /** Answers each request with a page of HTML and status 200, as a web interface that took over the port. */
  readonly answersHtml: boolean;
  /** Schemas, such as `VirtualMedia`, whose resources and links are not there. */
  readonly lacks: readonly string[];
  /** Every ETag is out of date by the time it is given back. */
  readonly restlessEtags: boolean;
  /** What resets and media do ends in a task that failed. */
  readonly failsTasks: boolean;
}

export const NO_LIES: RedfishLies = {
  gone: false,
  refusesPasswords: false,
  stalePower: false,
  writeOnlyBootDevice: false,
  losesBootDevice: false,
  cycleLeavesOff: false,
  powerOnWithoutEffect: false,
  silentAfterBurst: null,
  needsReset: false,
  takesAnyPassword: false,
  slow_ms: 0,
  answersHtml: false,
  lacks: [],
  restlessEtags: false,
  failsTasks: false,
};

/** What each mishap of a scenario is here. */
const OF_MISHAP: Readonly<Record<BmcMishapKind, Partial<RedfishLies>>> = {
  'bmc.wrong-password': { refusesPasswords: true },
  'bmc.gone': { gone: true },
  'bmc.stale-power': { stalePower: true },
  'bmc.boot-device-lost': { losesBootDevice: true },
  'bmc.power-on-ignored': { powerOnWithoutEffect: true },
  'bmc.cycle-stays-off': { cycleLeavesOff: true },
  'bmc.mute-after-burst': { silentAfterBurst: { requests: 8, silent_ms: 3_000 } },
  'bmc.needs-reset': { needsReset: true },
  'bmc.any-password': { takesAnyPassword: true },
  'bmc.slow': { slow_ms: 900 },
};

export function liesOf(mishaps: Iterable<BmcMishapKind>): RedfishLies {
  return [...mishaps].reduce<RedfishLies>((lies, kind) => ({ ...lies, ...OF_MISHAP[kind] }), NO_LIES);
}
