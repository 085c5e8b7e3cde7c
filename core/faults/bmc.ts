import type { FaultTable } from './table.js';

export interface ByCause {
  readonly node: string;
  /** What the driver at hand said, with its own code; in simulation the mishap. */
  readonly because: string;
}

/** BMC: what is wrong with a BMC, whichever protocol it speaks and in whichever world it stands. */
export type BmcFault =
  | ({ readonly code: 'BMC-001'; readonly kind: 'bmc.silent' } & ByCause)
  | ({ readonly code: 'BMC-002'; readonly kind: 'bmc.loginRefused' } & ByCause)
  | ({ readonly code: 'BMC-003'; readonly kind: 'bmc.powerUnmoved' } & ByCause)
  | ({ readonly code: 'BMC-004'; readonly kind: 'bmc.bootDeviceUnkept' } & ByCause)
  | ({ readonly code: 'BMC-005'; readonly kind: 'bmc.openToAll' } & ByCause)
  | ({ readonly code: 'BMC-006'; readonly kind: 'bmc.refused' } & ByCause)
  | ({ readonly code: 'BMC-007'; readonly kind: 'bmc.alien' } & ByCause)
  | ({ readonly code: 'BMC-008'; readonly kind: 'bmc.noConsole' } & ByCause);

export const bmcFaults: FaultTable<BmcFault> = {
  'BMC-001': {
    says: (fault) => `the BMC of ${fault.node} does not answer (${fault.because})`,
    remedy: (fault) => `Check the cable and the address of the BMC of ${fault.node}; then let it be verified again.`,
  },
  'BMC-002': {
    says: (fault) => `the BMC of ${fault.node} refuses our user or password (${fault.because})`,
    remedy: () => 'Compare the user in the site file and the password that it refers to with those of the BMC.',
  },
  'BMC-003': {
    says: (fault) => `the BMC of ${fault.node} says yes, and the power stays as it was (${fault.because})`,
    remedy: (fault) => `Look at ${fault.node} itself: its supplies, its outlets, the front panel's lock-out.`,
  },
  'BMC-004': {
    says: (fault) => `the BMC of ${fault.node} does not tell the boot device that it was given (${fault.because})`,
    remedy: () => "Nothing, where the node boots as asked; else set its firmware's own order to network first.",
  },
  'BMC-005': {
    says: (fault) => `the BMC of ${fault.node} lets anybody in, whatever the password (${fault.because})`,
    remedy: () => 'Switch cipher suite 0 and nameless users off on it, and keep its network to yourself.',
  },
  'BMC-006': {
    says: (fault) => `the BMC of ${fault.node} does not do what it is told (${fault.because})`,
    remedy: (fault) => `Reset the BMC of ${fault.node} itself, and give our user the right to switch power.`,
  },
  'BMC-007': {
    says: (fault) => `what answers as the BMC of ${fault.node} speaks another protocol (${fault.because})`,
    remedy: () => 'Check protocol, address and port of the bmc in the site file.',
  },
  'BMC-008': {
    says: (fault) => `the BMC of ${fault.node} does not give us its console (${fault.because})`,
    remedy: () =>
      'Allow our user serial over LAN (`ipmitool sol payload enable`), or take console: sol out of the site.',
  },
};
