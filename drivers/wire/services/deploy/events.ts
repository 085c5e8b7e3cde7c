import type { NodeId } from '../../../../core/ids.js';
import type { DeployReport, WipeProof } from './report.js';

/** What the deploy service sees and is told. `guest_ms` is the time since the ramdisk's kernel started. */
export type DeployEvent = { readonly node: NodeId } & (
  | { readonly kind: 'scriptFetched'; readonly script: 'deploy' | 'local' }
  /** The ramdisk has shown its token and taken its plan. */
  | { readonly kind: 'calledBack' }
  | {
      readonly kind: 'progress';
      readonly guest_ms: number;
      readonly slot: number;
      readonly done_bytes: number;
      readonly of_bytes: number;
    }
  | {
      readonly kind: 'written';
      readonly guest_ms: number;
      readonly slot: number;
      readonly image: string;
      readonly sha256: string;
    }
  /** Everything that was read back is zero: the checksum is that of so many zeros. */
  | { readonly kind: 'wiped'; readonly guest_ms: number; readonly slot: number; readonly proof: WipeProof }
  | Extract<DeployReport, { readonly kind: 'laidOut' | 'bootable' | 'defaulted' | 'failed' | 'done' }>
  /** Somebody was shut out: a token that is wrong or old, or another address. */
  | { readonly kind: 'refused'; readonly from: string }
);
