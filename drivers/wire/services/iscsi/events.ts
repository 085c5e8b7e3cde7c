import type { Fault } from '../../../../core/faults/fault.js';
import type { LoginStatus } from './login.js';

/** What happens at a target, for whoever watches a rack. No secrets. */
export type IscsiEvent =
  | { readonly kind: 'login'; readonly address: string; readonly initiator: string; readonly target: string }
  | {
      readonly kind: 'refused';
      readonly address: string;
      readonly initiator: string;
      readonly target: string;
      readonly status: LoginStatus;
    }
  /** The session has ended, by logout or otherwise. */
  | { readonly kind: 'ended'; readonly address: string; readonly initiator: string; readonly target: string }
  /** The initiator was told of a medium error. */
  | { readonly kind: 'fault'; readonly target: string; readonly lun: number; readonly fault: Fault };
