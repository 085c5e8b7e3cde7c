import type { FaultTable } from './table.js';

/** Which BMC: the node that it belongs to, and its address and UDP port. */
export interface OfBmc {
  readonly node: string;
  /** `10.0.0.5:623` */
  readonly bmc: string;
}

/** IPM: what a BMC said, or did not say, over IPMI. */
export type IpmiFault =
  | (OfBmc & { readonly code: 'IPM-001'; readonly kind: 'bmc.unreachable'; readonly waited_ms: number })
  | (OfBmc & { readonly code: 'IPM-002'; readonly kind: 'password.wrong'; readonly user: string })
  | (OfBmc & { readonly code: 'IPM-003'; readonly kind: 'user.unknown'; readonly user: string })
  | (OfBmc & { readonly code: 'IPM-004'; readonly kind: 'cipher.notOffered'; readonly cipherSuite: number })
  | (OfBmc & { readonly code: 'IPM-005'; readonly kind: 'sessions.full' })
  | (OfBmc & {
      readonly code: 'IPM-006';
      readonly kind: 'privilege.tooLow';
      readonly privilege: string;
      /** As ipmitool's words say it: `chassis power off`. */
      readonly command: string;
    })
  | (OfBmc & {
      readonly code: 'IPM-007';
      readonly kind: 'command.refused';
      readonly command: string;
      /** The completion code in words (IPMI 2.0, table 5-2). */
      readonly why: string;
    })
  | (OfBmc & { readonly code: 'IPM-008'; readonly kind: 'address.unknown'; readonly address: string })
  | (OfBmc & { readonly code: 'IPM-009'; readonly kind: 'protocol.other'; readonly text: string })
  | (OfBmc & {
      readonly code: 'IPM-010';
      readonly kind: 'output.notUnderstood';
      readonly command: string;
      readonly text: string;
    })
  | (OfBmc & {
      readonly code: 'IPM-011';
      readonly kind: 'credentials.tooLong';
      readonly which: 'password' | 'user';
      readonly limit_bytes: number;
    })
  | (OfBmc & {
      readonly code: 'IPM-012';
      readonly kind: 'bmc.tooSlow';
      readonly command: string;
      readonly waited_ms: number;
    })
  | (OfBmc & {
      readonly code: 'IPM-013';
      readonly kind: 'bmc.busy';
      readonly command: string;
      readonly why: string;
    })
  | (OfBmc & {
      readonly code: 'IPM-014';
      readonly kind: 'power.unmoved';
      readonly want: string;
      readonly read: string;
      /** How often the BMC acknowledged it. */
      readonly acknowledged: number;
      readonly waited_ms: number;
    })
  | (OfBmc & {
      readonly code: 'IPM-015';
      readonly kind: 'power.stale';
      readonly want: string;
      readonly took_ms: number;
    })
  | (OfBmc & {
      readonly code: 'IPM-016';
      readonly kind: 'bootDevice.unread';
      readonly want: string;
      readonly read: string;
    })
  | (OfBmc & { readonly code: 'IPM-017'; readonly kind: 'bmc.restarted'; readonly why: string })
  | (OfBmc & { readonly code: 'IPM-018'; readonly kind: 'password.anyAccepted'; readonly user: string })
  | (OfBmc & { readonly code: 'IPM-019'; readonly kind: 'cipher.zeroOpen'; readonly user: string });

export const ipmiFaults: FaultTable<IpmiFault> = {
  'IPM-001': {
    says: (fault) => `${of(fault)} did not answer IPMI for ${fault.waited_ms} ms`,
    remedy: () => 'Check its address, that UDP 623 passes, and that IPMI over LAN is enabled on it.',
  },
  'IPM-002': {
    says: (fault) => `${of(fault)} refuses the password of ${fault.user}`,
    remedy: () => 'Check what the site file says about the password, and that cipher suite and user are of this BMC.',
  },
  'IPM-003': {
    says: (fault) => `${of(fault)} knows no user ${fault.user}`,
    remedy: () => 'Check `user` in the site file; on the node itself: `ipmitool user list 1`.',
  },
  'IPM-004': {
    says: (fault) => `${of(fault)} does not offer cipher suite ${fault.cipherSuite}`,
    remedy: () => 'Set `cipher_suite` in the site file: 17 on new BMCs, 3 on older ones (`ipmitool lan print`).',
  },
  'IPM-005': {
    says: (fault) => `${of(fault)} has no session left`,
    remedy: () =>
      'Close other IPMI clients; sessions that were left open end within a minute, or with `mc reset cold`.',
  },
  'IPM-006': {
    says: (fault) => `${of(fault)} does not let ${fault.privilege} do ${fault.command}`,
    remedy: () => 'Take a user with more rights, or set `privilege` in the site file to what this user has.',
  },
  'IPM-007': {
    says: (fault) => `${of(fault)} refused ${fault.command}: ${fault.why}`,
    remedy: () => 'Look whether this BMC can do it at all; if it could before, restart it: `ipmitool mc reset cold`.',
  },
  'IPM-008': {
    says: (fault) => `there is no address for the name ${fault.address} (BMC of ${fault.node})`,
    remedy: () => 'Check the name in the site file and the resolver of this host, or write the address instead.',
  },
  'IPM-009': {
    says: (fault) => `what answers at ${of(fault)} does not speak IPMI 2.0: ${fault.text}`,
    remedy: () => 'Check address and port; a BMC that has Redfish alone is `protocol: redfish` in the site file.',
  },
  'IPM-010': {
    says: (fault) => `${of(fault)}: ipmitool ${fault.command} said what we do not know: ${JSON.stringify(fault.text)}`,
    remedy: () => 'Compare the version of ipmitool with the one in drivers/ipmi/README.md, and report the text.',
  },
  'IPM-011': {
    says: (fault) => `the ${fault.which} for ${of(fault)} is longer than ${fault.limit_bytes} bytes`,
    remedy: (fault) => `IPMI 2.0 takes at most ${fault.limit_bytes}: set a shorter ${fault.which} on the BMC.`,
  },
  'IPM-012': {
    says: (fault) => `${of(fault)} had not done ${fault.command} after ${fault.waited_ms} ms, its longest`,
    remedy: () => 'It answers too slowly to be of use: raise the timeout in the site file, or restart the BMC.',
  },
  'IPM-013': {
    says: (fault) => `${of(fault)} is busy and did not do ${fault.command}: ${fault.why}`,
    remedy: () => 'Wait until it has started up; if it stays so, restart it: `ipmitool mc reset cold`.',
  },
  'IPM-014': {
    says: (fault) =>
      `${of(fault)} acknowledged power ${fault.want} (times ${fault.acknowledged}) and after ${fault.waited_ms} ms ` +
      `still says ${fault.read}`,
    remedy: () => 'Look at the node itself: its mains, its button, its power supplies; then restart the BMC.',
  },
  'IPM-015': {
    says: (fault) => `${of(fault)} said power ${fault.want} only ${fault.took_ms} ms after it was told so`,
    remedy: () => 'Nothing to do: the reading is waited for. A BMC that caches readings does this every time.',
  },
  'IPM-016': {
    says: (fault) => `${of(fault)} took the boot device ${fault.want}, and when asked says ${fault.read}`,
    remedy: () => 'Watch what the node really boots: this BMC does not tell, or does not keep, what it was set to.',
  },
  'IPM-017': {
    says: (fault) => `${of(fault)} was restarted, since it ${fault.why}`,
    remedy: () => 'Look for newer firmware of this BMC, if it needs this more than once.',
  },
  'IPM-018': {
    says: (fault) => `${of(fault)} lets ${fault.user} in with any password`,
    remedy: () => 'Keep it off every network but the management one, and update its firmware.',
  },
  'IPM-019': {
    says: (fault) => `${of(fault)} lets ${fault.user} in without a password by cipher suite 0`,
    remedy: () => 'Disable cipher suite 0 on it: `ipmitool lan set 1 cipher_privs Xaaaaaaaaaaaaaa`.',
  },
};

function of({ node, bmc }: OfBmc): string {
  return `the BMC of ${node} at ${bmc}`;
}
