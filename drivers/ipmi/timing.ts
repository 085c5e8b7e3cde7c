import type { IpmiTiming } from './config.js';

/**
 * How often ipmitool waits for an answer in a short command, at most: two for the capabilities, three for the session
 * (open, RAKP 1 and 3), its privilege, three that it asks of any BMC (HPM, VSO, IPMB address), two for the command,
 * one for closing.
 */
const EXCHANGES = 12;
/** A host that is busy with other things takes its time to start a program. */
const START_MS = 2_000;

/** What one exchange takes that is never answered: each try waits a second longer than the one before. */
export function silence_ms({ answer_s, tries }: IpmiTiming): number {
  return 1000 * (tries * answer_s + (tries * (tries - 1)) / 2);
}

/** When ipmitool gives up a BMC that answers nothing at all: it asks for its capabilities in two ways, one by one. */
export function unreachable_ms(timing: IpmiTiming): number {
  return 2 * silence_ms(timing);
}

/**
 * The longest that a call may take; then it is ended. Room for a BMC that answers each exchange at the last moment of
 * the first try and then no more, which costs the command's exchange and the one that closes the session.
 *
 * @param exchanges beyond a short command's: reading a list takes some for each of its rows
 */
export function callLimit_ms(timing: IpmiTiming, exchanges = 0): number {
  return (EXCHANGES + exchanges) * timing.answer_s * 1000 + 2 * silence_ms(timing) + START_MS;
}
