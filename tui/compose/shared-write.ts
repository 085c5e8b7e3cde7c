import type { Clock } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';
import { newSecret, planText, type MeetingPoint } from '../../drivers/wire/services/multicast/plan.js';
import { openMulticast } from '../../drivers/wire/services/multicast/sender.js';
import type { MulticastReport } from '../../drivers/wire/services/multicast/session.js';
import type { OpenPort } from './shared-writes.js';
import type { SlotImage } from './slot-image.js';

/** Once a node has joined: the others' ramdisks have the same two short writes to do before they can. */
const GRACE_MS = 15_000;
/** Beside others on few cores an emulated node is sometimes silent for longer than a real one ever is. */
const PATIENCE = { silent_ms: 8_000, stalled_ms: 60_000 };

export interface SharedWriteParts {
  readonly clock: Clock;
  readonly image: SlotImage;
  readonly nodes: readonly NodeId[];
  readonly point: MeetingPoint;
  readonly addressOf: (node: NodeId) => string;
  readonly openPort: OpenPort;
  readonly onDelivered: (node: NodeId, percent: number) => void;
  /** Once, when nobody is sent anything any more. */
  readonly onOver: () => void;
}

/** One image on its way to several nodes at once. */
export interface SharedWrite {
  readonly sha256: string;
  readonly nodes: readonly NodeId[];
  /** What the node's receiver reads; null for a node that is not expected, or not any more. */
  invitationOf(node: NodeId): string | null;
  /** The node is done with it, one way or the other; the last one closes the session. */
  leave(node: NodeId): void;
  /** Comes when the sender has done what it could. */
  readonly ended: Promise<MulticastReport>;
}

export function openSharedWrite(parts: SharedWriteParts): SharedWrite {
  const { clock, image, nodes, point, addressOf, openPort, onDelivered, onOver } = parts;
  const secret = newSecret();
  const left = new Set(nodes);
  const chunks = image.open()[Symbol.asyncIterator]();
  const port = openPort(point, (datagram) => session.receive(datagram));
  let tell: (report: MulticastReport) => void = () => {};
  const ended = new Promise<MulticastReport>((resolve) => (tell = resolve));
  const session = openMulticast({
    clock,
    secret,
    source: {
      async read() {
        const next = await chunks.next();
        return next.done === true ? null : next.value;
      },
    },
    expected: nodes.map((_, receiver) => receiver),
    send: port.send,
    terms: { grace_ms: GRACE_MS, patience: PATIENCE },
    onDelivered(receiver, delivered_bytes) {
      const node = nodes[receiver];
      if (node !== undefined) onDelivered(node, (100 * delivered_bytes) / image.size_bytes);
    },
    onEnd(report) {
      // A source that fails while it is let go has nobody left to tell.
      void chunks.return?.().catch(() => {});
      onOver();
      tell(report);
    },
  });
  return {
    sha256: image.sha256,
    nodes,
    ended,
    invitationOf(node) {
      const receiver = nodes.indexOf(node);
      return left.has(node) ? planText({ point, secret, receiver, address: addressOf(node) }) : null;
    },
    leave(node) {
      if (!left.delete(node) || left.size > 0) return;
      session.cancel();
      port.close();
    },
  };
}
