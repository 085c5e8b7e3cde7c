import type { Connection } from './connection.js';
import { negotiate } from './negotiation.js';
import type { Pdu } from './pdu.js';
import type { Session } from './session.js';
import { allows } from './target-config.js';
import { encodeText, parseText } from './text.js';

/** All targets of a portal are in one group. */
const PORTAL_GROUP = 1;

/**
 * The answer to a Text Request: SendTargets (RFC 7143, appendix C), or a key that may change in a session.
 * Only targets whose list holds the initiator are shown to it.
 * @returns null when the request is not text, or its answer takes more than one PDU
 */
export function discoveryText({ stream, targets }: Connection, session: Session, { data }: Pdu): Buffer | null {
  const pairs = parseText(data);
  if (pairs === null) return null;
  const wanted = pairs.get('SendTargets');
  const rest = new Map([...pairs].filter(([key]) => key !== 'SendTargets'));
  const answers = [...negotiate(rest, session.parameters, true)];
  const { address, port } = stream.local;
  const host = address.includes(':') ? `[${address}]` : address;
  for (const { config } of wanted === undefined ? [] : targets.list()) {
    if (!allows(config.initiators, stream.remote.address, session.initiatorName)) continue;
    if (wanted !== 'All' && config.iqn !== (wanted === '' ? session.target?.config.iqn : wanted)) continue;
    answers.push(['TargetName', config.iqn], ['TargetAddress', `${host}:${port},${PORTAL_GROUP}`]);
  }
  const text = encodeText(answers);
  return text.length > session.parameters.maxSend_bytes ? null : text;
}
