import { ANY_IPV4, type Ipv4 } from '../../address.js';
import type { LeaseTable, Lessee } from './leases.js';
import type { DhcpMessage } from './message.js';
import { MESSAGE_TYPE, OPTION, addressOption, byteOption } from './options.js';

/** What a client's message deserves; null is silence. */
export type Verdict = { readonly type: 'offer' | 'ack' | 'inform'; readonly address: Ipv4 } | { readonly type: 'nak' };

export interface VerdictOptions {
  readonly leases: LeaseTable;
  readonly server: Ipv4;
  readonly mask: Ipv4;
  readonly hasRange: boolean;
}

/** Judges messages one after the other; offers, leases and their ends are entered into the table on the way. */
export function openVerdicts(options: VerdictOptions): (request: DhcpMessage, lessee: Lessee) => Verdict | null {
  const { leases, server, mask } = options;
  const isHere = (address: Ipv4): boolean => ((address ^ server) & mask) === 0;

  function onDiscover(request: DhcpMessage, lessee: Lessee): Verdict | null {
    const address = leases.offer(lessee, addressOption(request.options, OPTION.requestedAddress));
    return address === null ? null : { type: 'offer', address };
  }

  /** @see RFC 2131, section 4.3.2: SELECTING, INIT-REBOOT, and RENEWING or REBINDING, told apart by options 50 and 54 */
  function onRequest(request: DhcpMessage, lessee: Lessee): Verdict | null {
    const chosen = addressOption(request.options, OPTION.serverIdentifier);
    if (chosen !== null && chosen !== server) {
      leases.withdraw(lessee);
      return null;
    }
    const requested = addressOption(request.options, OPTION.requestedAddress);
    const address = requested ?? request.ciaddr;
    if (address === ANY_IPV4) return null;
    if (isHere(address) && leases.bind(lessee, address)) return { type: 'ack', address };
    return { type: 'nak' };
  }

  function onDecline(request: DhcpMessage, lessee: Lessee): null {
    const address = addressOption(request.options, OPTION.requestedAddress);
    if (address !== null && isForUs(request)) leases.decline(lessee, address);
    return null;
  }

  function onRelease(request: DhcpMessage, lessee: Lessee): null {
    if (isForUs(request)) leases.release(lessee, request.ciaddr);
    return null;
  }

  function isForUs(request: DhcpMessage): boolean {
    return addressOption(request.options, OPTION.serverIdentifier) === server;
  }

  const judges: Readonly<Record<number, (request: DhcpMessage, lessee: Lessee) => Verdict | null>> = {
    [MESSAGE_TYPE.discover]: onDiscover,
    [MESSAGE_TYPE.request]: onRequest,
    [MESSAGE_TYPE.decline]: onDecline,
    [MESSAGE_TYPE.release]: onRelease,
    // The address is not ours to judge (RFC 2131, section 4.3.5), and the answer's yiaddr stays empty.
    [MESSAGE_TYPE.inform]: () => ({ type: 'inform', address: ANY_IPV4 }),
  };

  return (request, lessee) => {
    if (lessee.fixed === null && !options.hasRange) return null;
    // A relay on another network serves clients whose addresses we do not have.
    if (request.giaddr !== ANY_IPV4 && !isHere(request.giaddr)) return null;
    const type = byteOption(request.options, OPTION.messageType);
    return type === null ? null : (judges[type]?.(request, lessee) ?? null);
  };
}
