import type { FaultTable } from './table.js';

/** BUS: what components say to each other. */
export type BusFault =
  | { readonly code: 'BUS-001'; readonly kind: 'message.bad'; readonly what: string }
  | { readonly code: 'BUS-002'; readonly kind: 'payload.bad'; readonly topic: string; readonly what: string }
  | { readonly code: 'BUS-003'; readonly kind: 'topic.unknown'; readonly topic: string }
  | {
      readonly code: 'BUS-004';
      readonly kind: 'role.tooLow';
      readonly topic: string;
      readonly role: string;
      readonly needs: string;
    }
  | { readonly code: 'BUS-005'; readonly kind: 'bus.silent'; readonly address: string; readonly waited_ms: number }
  | { readonly code: 'BUS-006'; readonly kind: 'key.refused'; readonly address: string }
  | { readonly code: 'BUS-007'; readonly kind: 'keys.needed'; readonly address: string }
  | { readonly code: 'BUS-008'; readonly kind: 'key.exposed'; readonly file: string; readonly mode: string }
  | { readonly code: 'BUS-009'; readonly kind: 'key.missing'; readonly name: string; readonly folder: string }
  | { readonly code: 'BUS-010'; readonly kind: 'address.bad'; readonly address: string; readonly why: string }
  | {
      readonly code: 'BUS-011';
      readonly kind: 'stream.forgotten';
      readonly stream: string;
      readonly acked: number;
      readonly known: number;
    }
  | { readonly code: 'BUS-012'; readonly kind: 'bus.version'; readonly ours: number; readonly theirs: number }
  | { readonly code: 'BUS-013'; readonly kind: 'address.taken'; readonly address: string; readonly why: string }
  | { readonly code: 'BUS-014'; readonly kind: 'key.damaged'; readonly file: string; readonly what: string }
  | { readonly code: 'BUS-015'; readonly kind: 'key.exists'; readonly name: string; readonly folder: string }
  | { readonly code: 'BUS-016'; readonly kind: 'bus.closed' }
  | { readonly code: 'BUS-017'; readonly kind: 'keys.unusable'; readonly file: string; readonly why: string };

export const busFaults: FaultTable<BusFault> = {
  'BUS-001': {
    says: (fault) => `a message on the bus is none: ${fault.what}`,
    remedy: () => 'Compare what was sent with docs/generated/bus.md; nothing was done about it.',
  },
  'BUS-002': {
    says: (fault) => `${fault.topic} with a wrong payload: ${fault.what}`,
    remedy: (fault) => `See ${fault.topic} in docs/generated/bus.md; nothing was done about it.`,
  },
  'BUS-003': {
    says: (fault) => `nobody takes ${JSON.stringify(fault.topic)}`,
    remedy: () => 'See the topics in docs/generated/bus.md, and whether both sides are of the same release.',
  },
  'BUS-004': {
    says: (fault) => `${fault.topic} needs a key that may ${fault.needs}; this one may ${fault.role}`,
    remedy: (fault) => `Ask for a key of that role: metalrig keys add NAME --role ${fault.needs}.`,
  },
  'BUS-005': {
    says: (fault) => `no answer from ${fault.address} within ${fault.waited_ms} ms`,
    remedy: () => 'Check that the rack is up (metalrig rack status), the address, and the firewall between.',
  },
  'BUS-006': {
    says: (fault) => `${fault.address} does not let this key in`,
    remedy: () => 'Let the rack know it: metalrig keys add on its host; a revoked key stays out.',
  },
  'BUS-007': {
    says: (fault) => `${fault.address} can be reached from elsewhere, and there are no keys`,
    remedy: () => 'Make some with metalrig keys init, or listen on ipc: without keys the bus does nothing else.',
  },
  'BUS-008': {
    says: (fault) => `${fault.file} can be read by others (mode ${fault.mode})`,
    remedy: (fault) => `chmod 600 ${fault.file}; if somebody may have read it, revoke that key and add a new one.`,
  },
  'BUS-009': {
    says: (fault) => `there is no key ${JSON.stringify(fault.name)} in ${fault.folder}`,
    remedy: () => 'metalrig keys list shows those that there are; metalrig keys init makes the first ones.',
  },
  'BUS-010': {
    says: (fault) => `${JSON.stringify(fault.address)} is no address of a bus: ${fault.why}`,
    remedy: () => 'Write ipc:///run/metalrig/rack or tcp://10.0.0.2:7780; a path is at most 90 bytes long.',
  },
  'BUS-011': {
    says: (fault) => `the receiver of ${fault.stream} knows ${fault.known} messages of it and had ${fault.acked}`,
    remedy: () => 'Its journal was put back to an earlier state: compare what is with what was asked, and ask again.',
  },
  'BUS-012': {
    says: (fault) => `the other side speaks version ${fault.theirs} of the bus, this program ${fault.ours}`,
    remedy: () => 'Use the same release of metalrig on both sides.',
  },
  'BUS-013': {
    says: (fault) => `cannot listen on ${fault.address}: ${fault.why}`,
    remedy: () => 'Another rack may be up there (metalrig rack status); else choose another address.',
  },
  'BUS-014': {
    says: (fault) => `${fault.file} is not a key: ${fault.what}`,
    remedy: (fault) => `Delete ${fault.file} and make that key anew: metalrig keys add.`,
  },
  'BUS-015': {
    says: (fault) => `there is a key ${JSON.stringify(fault.name)} in ${fault.folder} already`,
    remedy: (fault) => `Take another name, or end the old one first: metalrig keys revoke ${fault.name}.`,
  },
  'BUS-016': {
    says: () => 'the bus was closed before the request was acknowledged',
    remedy: () => 'Look in the journal whether it came in; a request that is asked twice is done twice.',
  },
  'BUS-017': {
    says: (fault) => `${fault.file} cannot be read or written: ${fault.why}`,
    remedy: () => 'Check who owns it and its folder, or name another folder for keys: --dir, or METALRIG_KEYS.',
  },
};
