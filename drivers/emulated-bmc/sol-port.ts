import type { IpmiMessage } from './rmcp-plus.js';

/** @see IPMI 2.0 rev 1.1, table 24-2: the port stands behind the auxiliary data and the two payload sizes. */
const APPLICATION = 0x06;
const ACTIVATE_PAYLOAD = 0x48;
const PORT_AT = 9;

/** The simulator names its own port for the payload, and clients refuse another than the one that they talk to. */
export function withRelayPort(
  { netFn, command }: IpmiMessage,
  response: Buffer,
  port: number,
): readonly number[] | null {
  const isActivated = netFn === APPLICATION && command === ACTIVATE_PAYLOAD && response[0] === 0;
  if (!isActivated || response.length < PORT_AT + 2) return null;
  return [...response.subarray(0, PORT_AT), port & 0xff, port >> 8, ...response.subarray(PORT_AT + 2)];
}
