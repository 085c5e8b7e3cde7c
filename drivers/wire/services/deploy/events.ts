import type { NodeId } from '../../../../core/ids.js';
import type { DeployReport, ReadBack } from './report.js';

/** What happens to one step. `slot` is the step's; `guest_ms` is the time since the ramdisk's kernel started. */
interface OfStep {
  readonly guest_ms: number;
  readonly step: number;
  readonly slot: number;
}

/** What the deploy service sees and is told. */
export type DeployEvent = { readonly node: NodeId } & (
  | { readonly kind: 'scriptFetched'; readonly script: 'deploy' | 'local' }
  /** The ramdisk has shown its token and taken its plan. */
  | { readonly kind: 'calledBack' }
  | (OfStep & { readonly kind: 'progress'; readonly done_bytes: number; readonly of_bytes: number })
  | (OfStep & { readonly kind: 'written'; readonly image: string; readonly sha256: string })
  | (OfStep & { readonly kind: 'bootable' | 'unbootable' | 'defaulted' })
  /** `isZero`: the checksum of what was read back is that of so many zeros. */
  | (OfStep & { readonly kind: 'wiped'; readonly readBack: ReadBack; readonly isZero: boolean })
  /** `step` and `slot` are null where it was no step that failed. */
  | {
      readonly kind: 'failed';
      readonly guest_ms: number;
      readonly step: number | null;
      readonly slot: number | null;
      readonly what: string;
      readonly text: string;
    }
  | Extract<DeployReport, { readonly kind: 'laidOut' | 'done' }>
  /** Somebody was shut out: a token that is wrong or old, or another address. */
  | { readonly kind: 'refused'; readonly from: string }
);
