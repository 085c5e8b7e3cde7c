import type { FaultTable } from './table.js';

/** PDU: power distribution units and their outlets, spoken to by SNMP. */
export type PduFault =
  | {
      readonly code: 'PDU-001';
      readonly kind: 'pdu.silent';
      readonly pdu: string;
      readonly address: string;
      readonly port: number;
      readonly version: '1' | '2c' | '3';
      readonly waited_ms: number;
    }
  | { readonly code: 'PDU-002'; readonly kind: 'pdu.garbage'; readonly pdu: string; readonly address: string }
  | {
      readonly code: 'PDU-003';
      readonly kind: 'outlet.missing';
      readonly pdu: string;
      readonly outlet: string;
      readonly model: string;
    }
  | {
      readonly code: 'PDU-004';
      readonly kind: 'outlet.refused';
      readonly pdu: string;
      readonly outlet: string;
      /** The error status by its name in RFC 3416, such as noAccess. */
      readonly status: string;
    }
  | { readonly code: 'PDU-005'; readonly kind: 'user.unknown'; readonly pdu: string; readonly user: string }
  | {
      readonly code: 'PDU-006';
      readonly kind: 'password.wrong';
      readonly pdu: string;
      readonly user: string;
      readonly password: 'authentication' | 'privacy';
    }
  | { readonly code: 'PDU-007'; readonly kind: 'time.outOfWindow'; readonly pdu: string }
  | { readonly code: 'PDU-008'; readonly kind: 'security.unsupported'; readonly pdu: string; readonly user: string }
  | {
      readonly code: 'PDU-009';
      readonly kind: 'model.mismatch';
      readonly pdu: string;
      readonly model: string;
      /** What the agent says of itself (SNMPv2-MIB, sysObjectID); null where it says nothing. */
      readonly sysObjectId: string | null;
    }
  | {
      readonly code: 'PDU-010';
      readonly kind: 'outlet.unmoved';
      readonly pdu: string;
      readonly outlet: string;
      readonly want: 'on' | 'off';
      readonly waited_ms: number;
    }
  | {
      readonly code: 'PDU-011';
      readonly kind: 'outlet.undecided';
      readonly pdu: string;
      readonly outlet: string;
      /** The number that its state was given as. */
      readonly value: number;
    }
  | {
      readonly code: 'PDU-012';
      readonly kind: 'budget.spent';
      readonly pdu: string;
      readonly bank: string;
      readonly switchings: number;
      readonly within_ms: number;
    }
  | {
      readonly code: 'PDU-013';
      readonly kind: 'pdu.busy';
      readonly pdu: string;
      readonly outlet: string;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'PDU-014';
      readonly kind: 'value.refused';
      readonly pdu: string;
      readonly outlet: string;
      readonly model: string;
      readonly status: string;
    }
  | {
      readonly code: 'PDU-015';
      readonly kind: 'pdu.unreachable';
      readonly pdu: string;
      readonly address: string;
      readonly why: string;
    }
  | {
      readonly code: 'PDU-016';
      readonly kind: 'agent.portTaken';
      readonly address: string;
      readonly port: number;
      readonly why: string;
    }
  | {
      readonly code: 'PDU-017';
      readonly kind: 'pdu.failed';
      readonly pdu: string;
      readonly outlet: string;
      readonly status: string;
    }
  | { readonly code: 'PDU-018'; readonly kind: 'outlet.badName'; readonly pdu: string; readonly outlet: string };

export const pduFaults: FaultTable<PduFault> = {
  'PDU-001': {
    says: (fault) => {
      const silence = `PDU ${fault.pdu} (${fault.address} port ${fault.port}) gave no answer in ${fault.waited_ms} ms`;
      if (fault.version === '3') return `${silence}: it cannot be reached, or has SNMP version 3 switched off`;
      return `${silence}: it cannot be reached, or the community is wrong (version ${fault.version} is silent then)`;
    },
    remedy: (fault) =>
      `Check cable, address and UDP port ${fault.port}, that SNMP version ${fault.version} is enabled for this host` +
      `${fault.version === '3' ? '' : ', and the community'}: snmpget -v${fault.version} ... ${fault.address}`,
  },
  'PDU-002': {
    says: (fault) => `what answers for PDU ${fault.pdu} at ${fault.address} does not speak SNMP`,
    remedy: () => 'Check address and port in the site file: SNMP agents listen on UDP port 161.',
  },
  'PDU-003': {
    says: (fault) => `PDU ${fault.pdu} has no outlet ${fault.outlet} (asked as ${fault.model})`,
    remedy: (fault) =>
      `Check the outlet's number on the PDU itself, and that it is a switched PDU of the family ${fault.model}.`,
  },
  'PDU-004': {
    says: (fault) => `PDU ${fault.pdu} refuses to switch outlet ${fault.outlet}: ${fault.status}`,
    remedy: () =>
      'Give the community or user write access to the outlets, and see that the outlet is not locked on the PDU.',
  },
  'PDU-005': {
    says: (fault) => `PDU ${fault.pdu} does not know the SNMP user ${fault.user}`,
    remedy: (fault) => `Create the SNMP version 3 user ${fault.user} on the PDU, or mend the name in the site file.`,
  },
  'PDU-006': {
    says: (fault) => `PDU ${fault.pdu} does not accept the ${fault.password} password of ${fault.user}`,
    remedy: () =>
      'Check the password that the site file refers to; both sides must use the same protocols, such as SHA and AES.',
  },
  'PDU-007': {
    says: (fault) => `PDU ${fault.pdu} says that the request is not in its time window`,
    remedy: () => "Restart the PDU's management card: its count of starts or its clock does not go on (RFC 3414, 2.3).",
  },
  'PDU-008': {
    says: (fault) => `PDU ${fault.pdu} does not support the security level asked for as ${fault.user}`,
    remedy: (fault) =>
      `Give ${fault.user} the same level on both sides: with or without authentication, with or without privacy.`,
  },
  'PDU-009': {
    says: (fault) =>
      `PDU ${fault.pdu} is no ${fault.model}: it says of itself ${fault.sysObjectId ?? 'nothing'} (sysObjectID)`,
    remedy: () => 'Mend the model in the site file, or the address; an outlet of another family was not touched.',
  },
  'PDU-010': {
    says: (fault) =>
      `PDU ${fault.pdu} took the order to switch outlet ${fault.outlet} ${fault.want}, ` +
      `but still says otherwise after ${fault.waited_ms} ms`,
    remedy: () =>
      'Look at the outlet itself: the relay may be stuck, the breaker open, or what the PDU says may be out of date.',
  },
  'PDU-011': {
    says: (fault) => `PDU ${fault.pdu} says neither on nor off of outlet ${fault.outlet}, but ${fault.value}`,
    remedy: () => 'Look at the outlet on the PDU: a fuse or its relay may have failed, or a bank has lost its power.',
  },
  'PDU-012': {
    says: (fault) =>
      `bank ${fault.bank} of PDU ${fault.pdu} may switch on ${fault.switchings} outlets in ${fault.within_ms} ms: ` +
      'it would take too long to wait for the next turn',
    remedy: () => 'Switch fewer nodes at once, spread them over banks, or raise the budget if the breaker bears it.',
  },
  'PDU-013': {
    says: (fault) => `outlet ${fault.outlet} of PDU ${fault.pdu} was not reached in ${fault.waited_ms} ms: it is busy`,
    remedy: () => 'Ask again; if it happens often, switch fewer nodes of one PDU at once, or allow it more time.',
  },
  'PDU-014': {
    says: (fault) =>
      `PDU ${fault.pdu} does not take for outlet ${fault.outlet} what a ${fault.model} takes: ${fault.status}`,
    remedy: () => 'Check the model in the site file; for a generic PDU its object identifiers and values.',
  },
  'PDU-015': {
    says: (fault) => `PDU ${fault.pdu} cannot be sent to at ${fault.address}: ${fault.why}`,
    remedy: () => "Check the address, its name resolution and this host's routes.",
  },
  'PDU-016': {
    says: (fault) => `the emulated PDU cannot listen on ${fault.address} port ${fault.port}: ${fault.why}`,
    remedy: () => 'Choose another port, or none so that a free one is taken.',
  },
  'PDU-017': {
    says: (fault) => `PDU ${fault.pdu} failed at outlet ${fault.outlet}: ${fault.status}`,
    remedy: () => "Look into the PDU's own log, and restart its management card if this stays so.",
  },
  'PDU-018': {
    says: (fault) => `${JSON.stringify(fault.outlet)} names no outlet of PDU ${fault.pdu}`,
    remedy: () => 'Write its number, such as 3, or with the units and banks before it, such as 2.1.3.',
  },
};
