/** What one run of something tells, by name: `{ boots_per_s: 9000, rss_mb: 120 }`. */
export type Readings = Readonly<Record<string, number>>;

/** Something that is measured, ours or a peer; the contenders of a topic take turns (A B A B). */
export interface Contender {
  readonly name: string;
  /** Programs it cannot do without, each with the Debian package that holds it. */
  readonly needs?: readonly Need[];
  /** One run. @throws when it could not be measured */
  run(): Promise<Readings>;
}

export interface Need {
  readonly program: string;
  readonly debianPackage: string;
}

/** What the figure has to reach. `ratio` is ours to the peer's; `excess` is ours less the peer's. */
export type Target =
  | { readonly kind: 'at least' | 'at most'; readonly value: number }
  | { readonly kind: 'ratio at least' | 'ratio at most'; readonly value: number }
  | { readonly kind: 'excess at most'; readonly value: number }
  | { readonly kind: 'equal' }
  | { readonly kind: 'shown' };

/** A figure of the table: one reading of ours, beside the same reading of a peer where there is one. */
export interface Figure {
  readonly name: string;
  /** A few words for the table: what is counted, over what. */
  readonly measures: string;
  readonly unit: string;
  readonly reading: string;
  /** Names of contenders of the same topic. */
  readonly ours: string;
  readonly peer: string | null;
  readonly target: Target;
}

/** Figures that are measured together. */
export interface Topic {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** Sets up what the contenders share; its end takes it down again. */
  open(bench: Bench): Promise<OpenTopic>;
}

export interface OpenTopic extends AsyncDisposable {
  readonly contenders: readonly Contender[];
}

/** What a topic is given. */
export interface Bench {
  /** An empty folder of the topic's own, gone when the topic is over. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  /** Whether any figure with this contender in it was asked for. */
  readonly wants: (contender: string) => boolean;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: readonly number[];
}

/** What became of a figure. `isMet` is null where the target names no number, or something was not measured. */
export interface Result {
  readonly figure: Figure;
  readonly topic: string;
  readonly ours: Spread | null;
  readonly peer: Spread | null;
  /** Why ours, or the peer, has no number. */
  readonly missing: readonly string[];
  readonly ratio: number | null;
  readonly isMet: boolean | null;
}

export function spreadOf(runs: readonly number[]): Spread | null {
  const sorted = [...runs].sort((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  const below = sorted[(sorted.length - 1) >> 1];
  const above = sorted[sorted.length >> 1];
  if (min === undefined || max === undefined || below === undefined || above === undefined) return null;
  return { median: (below + above) / 2, min, max, runs };
}

export function isTargetMet(target: Target, ours: Spread | null, peer: Spread | null): boolean | null {
  if (ours === null) return null;
  if (target.kind === 'at least') return ours.median >= target.value;
  if (target.kind === 'at most') return ours.median <= target.value;
  if (peer === null || target.kind === 'shown') return null;
  // Sums of many durations may differ in their last digits.
  if (target.kind === 'equal') return Math.abs(ours.median - peer.median) <= 1e-6 * peer.median;
  if (target.kind === 'excess at most') return ours.median - peer.median <= target.value;
  const ratio = ours.median / peer.median;
  return target.kind === 'ratio at least' ? ratio >= target.value : ratio <= target.value;
}
