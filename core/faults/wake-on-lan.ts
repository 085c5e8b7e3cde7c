import type { FaultTable } from './table.js';

/** WOL: nodes that can only be woken. */
export type WakeOnLanFault =
  | { readonly code: 'WOL-001'; readonly kind: 'off.impossible'; readonly node: string }
  | { readonly code: 'WOL-002'; readonly kind: 'power.unknown'; readonly node: string }
  | {
      readonly code: 'WOL-003';
      readonly kind: 'packet.unsent';
      readonly node: string;
      readonly address: string;
      readonly port: number;
      readonly why: string;
    }
  | { readonly code: 'WOL-004'; readonly kind: 'password.badForm'; readonly node: string };

export const wakeOnLanFaults: FaultTable<WakeOnLanFault> = {
  'WOL-001': {
    says: (fault) => `${fault.node} can be woken over the network, but not switched off that way`,
    remedy: (fault) => `Switch ${fault.node} off by hand, or give it a BMC, outlets of a PDU, or manual power as well.`,
  },
  'WOL-002': {
    says: (fault) => `nothing tells whether ${fault.node} is on: wake-on-LAN has no answer`,
    remedy: (fault) => `Look at ${fault.node}, or give it a BMC or outlets of a PDU, which can be asked.`,
  },
  'WOL-003': {
    says: (fault) =>
      `the magic packet for ${fault.node} could not be sent to ${fault.address} port ${fault.port}: ${fault.why}`,
    remedy: () =>
      "Check the broadcast address: it is the one of the node's own subnet, and this host has to have a route.",
  },
  'WOL-004': {
    says: (fault) => `the SecureOn password of ${fault.node} is not six pairs of hexadecimal digits`,
    remedy: () => 'Write it as 01:02:03:04:05:06 where the site file refers to.',
  },
};
