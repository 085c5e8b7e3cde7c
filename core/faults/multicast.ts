import type { FaultTable } from './table.js';

/** MCAST: one image to many nodes at once. `receiver` is the node as its plan numbers it. */
export type MulticastFault =
  | {
      readonly code: 'MCAST-001';
      readonly kind: 'receiver.absent';
      readonly receiver: number;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'MCAST-002';
      readonly kind: 'receiver.silent';
      readonly receiver: number;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'MCAST-003';
      readonly kind: 'receiver.stalled';
      readonly receiver: number;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'MCAST-004';
      readonly kind: 'receiver.lossy';
      readonly receiver: number;
      readonly lost_blocks: number;
      readonly sent_blocks: number;
    }
  | { readonly code: 'MCAST-005'; readonly kind: 'receiver.damaged'; readonly receiver: number }
  | { readonly code: 'MCAST-006'; readonly kind: 'receiver.left'; readonly receiver: number; readonly reason: number }
  | { readonly code: 'MCAST-007'; readonly kind: 'source.failed'; readonly why: string };

export const multicastFaults: FaultTable<MulticastFault> = {
  'MCAST-001': {
    says: (fault) => `receiver ${fault.receiver} did not join within ${fault.waited_ms} ms`,
    remedy: () =>
      'Look at its console: it may not have booted, or multicast does not reach it. It can still fetch over HTTP.',
  },
  'MCAST-002': {
    says: (fault) => `receiver ${fault.receiver} said nothing for ${fault.waited_ms} ms and was dropped`,
    remedy: () => 'Look at its console and power; the others went on. Deploy it again by itself.',
  },
  'MCAST-003': {
    says: (fault) => `receiver ${fault.receiver} passed nothing on for ${fault.waited_ms} ms and was dropped`,
    remedy: () => 'Look at its disk: it answers, but nothing is written. The others went on.',
  },
  'MCAST-004': {
    says: (fault) =>
      `receiver ${fault.receiver} lost ${fault.lost_blocks} of ${fault.sent_blocks} blocks, too many to send again`,
    remedy: () => 'Look at its cable and port counters; it may fetch the image over HTTP, by itself.',
  },
  'MCAST-005': {
    says: (fault) => `receiver ${fault.receiver} has all bytes, and their SHA-256 is another than the sender's`,
    remedy: () => 'Test its memory; if others say so too, find out who else has the key of the session.',
  },
  'MCAST-006': {
    says: (fault) => `receiver ${fault.receiver} gave up, exit code ${fault.reason}`,
    remedy: () => 'Look at its console: what it writes to has ended or refused to be written.',
  },
  'MCAST-007': {
    says: (fault) => `the image could not be read any further: ${fault.why}`,
    remedy: () => 'Verify the image in its store and look at the disk below it, then send it again.',
  },
};
