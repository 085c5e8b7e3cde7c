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
  return (request, lessee) => {
    if (lessee.fixed === null && !options.hasRange) return null;
    // A relay on another network serves clients whose addresses we do not have.
    if (request.giaddr !== ANY_IPV4 && !isHere(options, request.giaddr)) return null;
    const type = byteOption(request.options, OPTION.messageType);
    return type === null ? null : (JUDGES[type]?.({ options, request, lessee }) ?? null);
  };
}

interface Case {
  readonly options: VerdictOptions;
  readonly request: DhcpMessage;
  readonly lessee: Lessee;
}

const JUDGES: Readonly<Record<number, (asked: Case) => Verdict | null>> = {
  [MESSAGE_TYPE.discover]: onDiscover,
  [MESSAGE_TYPE.request]: onRequest,
  [MESSAGE_TYPE.decline]: onDecline,
  [MESSAGE_TYPE.release]: onRelease,
  // The address is not ours to judge (RFC 2131, section 4.3.5), and the answer's yiaddr stays empty.
  [MESSAGE_TYPE.inform]: () => ({ type: 'inform', address: ANY_IPV4 }),
};

function onDiscover({ options, request, lessee }: Case): Verdict | null {
  const address = options.leases.offer(lessee, addressOption(request.options, OPTION.requestedAddress));
  return address === null ? null : { type: 'offer', address };
}

/** SELECTING, INIT-REBOOT, RENEWING, REBINDING: options 50 and 54 tell them apart. @see RFC 2131, section 4.3.2 */
function onRequest({ options, request, lessee }: Case): Verdict | null {
  const chosen = addressOption(request.options, OPTION.serverIdentifier);
  if (chosen !== null && chosen !== options.server) {
    options.leases.withdraw(lessee);
    return null;
  }
  const address = addressOption(request.options, OPTION.requestedAddress) ?? request.ciaddr;
  if (address === ANY_IPV4) return null;
  if (isHere(options, address) && options.leases.bind(lessee, address)) return { type: 'ack', address };
  return { type: 'nak' };
}

function onDecline({ options, request, lessee }: Case): null {
  const address = addressOption(request.options, OPTION.requestedAddress);
  if (address !== null && isForUs(options, request)) options.leases.decline(lessee, address);
  return null;
}

function onRelease({ options, request, lessee }: Case): null {
  if (isForUs(options, request)) options.leases.release(lessee, request.ciaddr);
  return null;
}

function isHere({ server, mask }: VerdictOptions, address: Ipv4): boolean {
  return ((address ^ server) & mask) === 0;
}

function isForUs({ server }: VerdictOptions, request: DhcpMessage): boolean {
  return addressOption(request.options, OPTION.serverIdentifier) === server;
}
