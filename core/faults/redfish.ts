import type { FaultTable } from './table.js';

/** RDF: BMCs that speak Redfish, and our own service that does. `bmc` is the URL without path and credentials. */
export type RedfishFault =
  | { readonly code: 'RDF-001'; readonly kind: 'redfish.nameUnknown'; readonly bmc: string }
  | { readonly code: 'RDF-002'; readonly kind: 'redfish.nobodyListens'; readonly bmc: string }
  | { readonly code: 'RDF-003'; readonly kind: 'redfish.unreachable'; readonly bmc: string; readonly why: string }
  | {
      readonly code: 'RDF-004';
      readonly kind: 'redfish.silent';
      readonly bmc: string;
      readonly path: string;
      readonly waited_ms: number;
    }
  | { readonly code: 'RDF-005'; readonly kind: 'redfish.notTrusted'; readonly bmc: string; readonly why: string }
  | { readonly code: 'RDF-006'; readonly kind: 'redfish.badCredentials'; readonly bmc: string; readonly user: string }
  | {
      readonly code: 'RDF-007';
      readonly kind: 'redfish.forbidden';
      readonly bmc: string;
      readonly user: string;
      readonly path: string;
    }
  | { readonly code: 'RDF-008'; readonly kind: 'redfish.lacks'; readonly bmc: string; readonly resource: string }
  | {
      readonly code: 'RDF-009';
      readonly kind: 'redfish.notRedfish';
      readonly bmc: string;
      readonly path: string;
      readonly what: string;
    }
  | {
      readonly code: 'RDF-010';
      readonly kind: 'redfish.refused';
      readonly bmc: string;
      readonly request: string;
      readonly status: number;
      readonly says: string;
    }
  | { readonly code: 'RDF-011'; readonly kind: 'redfish.changedMeanwhile'; readonly bmc: string; readonly path: string }
  | {
      readonly code: 'RDF-012';
      readonly kind: 'redfish.taskFailed';
      readonly bmc: string;
      readonly task: string;
      readonly says: string;
    }
  | {
      readonly code: 'RDF-013';
      readonly kind: 'redfish.powerUnchanged';
      readonly bmc: string;
      readonly want: 'on' | 'off';
      readonly waited_ms: number;
    }
  | {
      readonly code: 'RDF-014';
      readonly kind: 'redfish.bootDeviceUnchanged';
      readonly bmc: string;
      readonly want: string;
      readonly reads: string;
    }
  | {
      readonly code: 'RDF-015';
      readonly kind: 'redfish.notOffered';
      readonly bmc: string;
      readonly what: string;
      readonly offered: readonly string[];
    }
  | {
      readonly code: 'RDF-016';
      readonly kind: 'redfish.serverFailed';
      readonly bmc: string;
      readonly path: string;
      readonly status: number;
    }
  | {
      readonly code: 'RDF-017';
      readonly kind: 'redfish.whichSystem';
      readonly bmc: string;
      readonly wanted: string | null;
      readonly offered: readonly string[];
    }
  | { readonly code: 'RDF-018'; readonly kind: 'redfish.anyPassword'; readonly bmc: string; readonly user: string }
  | {
      readonly code: 'RDF-019';
      readonly kind: 'redfish.mediaUnchanged';
      readonly bmc: string;
      readonly want: string;
      readonly reads: string;
    }
  | {
      readonly code: 'RDF-020';
      readonly kind: 'redfish.portTaken';
      readonly host: string;
      readonly port: number;
      readonly why: string;
    }
  | { readonly code: 'RDF-021'; readonly kind: 'redfish.badUrl'; readonly url: string }
  | { readonly code: 'RDF-022'; readonly kind: 'redfish.imageFailed'; readonly url: string; readonly why: string };

export const redfishFaults: FaultTable<RedfishFault> = {
  'RDF-001': {
    says: (fault) => `the host name in ${fault.bmc} is unknown`,
    remedy: () => "Correct the BMC's url in the site file, or see to its name in DNS.",
  },
  'RDF-002': {
    says: (fault) => `${fault.bmc} refuses connections: nobody listens on that port`,
    remedy: () => "Check the port in the BMC's url, and that Redfish is enabled in its web interface.",
  },
  'RDF-003': {
    says: (fault) => `${fault.bmc} cannot be reached: ${fault.why}`,
    remedy: () =>
      "Check the BMC's network: its address, its VLAN, its cable, and whether the machine has power at all.",
  },
  'RDF-004': {
    says: (fault) => `${fault.bmc} has not answered ${fault.path} within ${fault.waited_ms} ms`,
    remedy: () =>
      'Look whether its web interface answers; a BMC that hangs is reset by `ipmitool mc reset cold`, or by its power.',
  },
  'RDF-005': {
    says: (fault) => `the TLS certificate of ${fault.bmc} is not trusted: ${fault.why}`,
    remedy: () =>
      "Give the BMC's certificate or its CA in the site file (tls: { ca: FILE }); or tls: insecure for this node.",
  },
  'RDF-006': {
    says: (fault) => `${fault.bmc} does not take user ${fault.user} with the password given`,
    remedy: () =>
      'Correct user and password reference in the site file; many BMCs lock an account for minutes after a few tries.',
  },
  'RDF-007': {
    says: (fault) => `${fault.bmc} does not let user ${fault.user} do this: ${fault.path}`,
    remedy: (fault) => `Give ${fault.user} the role Administrator or Operator on this BMC.`,
  },
  'RDF-008': {
    says: (fault) => `${fault.bmc} has no ${fault.resource}`,
    remedy: () => 'Update the firmware of the BMC, check its licence, or do this by another way, such as IPMI.',
  },
  'RDF-009': {
    says: (fault) => `what answers at ${fault.bmc}${fault.path} is not Redfish: ${fault.what}`,
    remedy: () => "Check the address and port in the BMC's url: a web interface or a proxy may be in front of it.",
  },
  'RDF-010': {
    says: (fault) => `${fault.bmc} refuses ${fault.request} with ${fault.status}: ${fault.says}`,
    remedy: () => 'See what the BMC says; its log and its web interface tell whether it is busy or locked.',
  },
  'RDF-011': {
    says: (fault) => `${fault.path} of ${fault.bmc} was changed by somebody else each time that we were about to`,
    remedy: () => 'Find out who else manages this BMC, and let one of you do it.',
  },
  'RDF-012': {
    says: (fault) => `${fault.bmc} has failed at ${fault.task}: ${fault.says}`,
    remedy: () => "Look at the BMC's task and its event log.",
  },
  'RDF-013': {
    says: (fault) =>
      `${fault.bmc} was told to switch ${fault.want}, and has not said that it is for ${fault.waited_ms} ms`,
    remedy: () =>
      'Look at the machine. If it is as wanted, its BMC tells a stale state: reset the BMC; else press the button.',
  },
  'RDF-014': {
    says: (fault) => `${fault.bmc} was told to boot from ${fault.want}, and reads back ${fault.reads}`,
    remedy: () =>
      "Watch the node's next boot: some BMCs hide the override until POST, some need its mode. Else set it by IPMI.",
  },
  'RDF-015': {
    says: (fault) => `${fault.bmc} does not offer ${fault.what}; it offers ${fault.offered.join(', ') || 'nothing'}`,
    remedy: () => 'Ask for something that it offers, or update its firmware.',
  },
  'RDF-016': {
    says: (fault) => `${fault.bmc} has failed at ${fault.path} with ${fault.status}, again and again`,
    remedy: () => 'Give it a minute if it was just started; else reset the BMC.',
  },
  'RDF-017': {
    says: (fault) =>
      fault.wanted === null
        ? `${fault.bmc} has several systems: ${fault.offered.join(', ') || 'none'}`
        : `${fault.bmc} has no system ${fault.wanted}; it has ${fault.offered.join(', ') || 'none'}`,
    remedy: () => "Name one of them as the BMC's system in the site file.",
  },
  'RDF-018': {
    says: (fault) => `${fault.bmc} takes any password for user ${fault.user}`,
    remedy: () => 'Take this BMC off the network until its authentication is switched on or its firmware is mended.',
  },
  'RDF-019': {
    says: (fault) => `${fault.bmc} was told to have ${fault.want} in its virtual drive, and reads back ${fault.reads}`,
    remedy: () => 'Check that the BMC itself can fetch that URL, and that no console session holds the drive.',
  },
  'RDF-020': {
    says: (fault) => `cannot serve Redfish on ${fault.host} port ${fault.port}: ${fault.why}`,
    remedy: () => 'Choose another port or address, or stop what listens there.',
  },
  'RDF-021': {
    says: (fault) => `${fault.url} is not the URL of a BMC`,
    remedy: () => 'Write it as https://HOST or https://HOST:PORT, without user and password.',
  },
  'RDF-022': {
    says: (fault) => `the image at ${fault.url} could not be fetched: ${fault.why}`,
    remedy: () => 'Check that the URL is right, and that this host may read it.',
  },
};
