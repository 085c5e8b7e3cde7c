import type { Fault } from '../../core/faults/fault.js';
import { bmcOf, type IpmiConfig } from './config.js';
import { unreachable_ms } from './timing.js';

/** What a call of ipmitool left behind. */
export interface IpmitoolOutcome {
  readonly config: IpmiConfig;
  /** The words of the command. */
  readonly command: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** Of its stderr, with -v. */
  readonly errorText: string;
}

interface CauseRow {
  readonly pattern: RegExp;
  readonly why: string;
  readonly fault: (outcome: IpmitoolOutcome, match: RegExpExecArray) => Fault;
}

/** Longest piece of what ipmitool said that goes into a Fault. */
const LONGEST_EXCERPT = 200;
/** IPMI 2.0, table 22-30 (Set User Password) and section 22.29 (user name). */
export const LONGEST_PASSWORD = 20;
export const LONGEST_USER = 16;

/**
 * What ipmitool 1.8.19 says under -v, in the order in which it counts: the cause comes before what follows from it.
 * Those of a session were each provoked on ipmi_sim; the codes of RAKP are of IPMI 2.0, table 13-15.
 */
const CAUSES: readonly CauseRow[] = [
  {
    pattern: /password is longer than \d+ bytes/,
    why: 'Refused before anything is sent.',
    fault: ({ config }) => tooLong(config, 'password'),
  },
  {
    pattern: /Username is too long/,
    why: 'Refused before anything is sent.',
    fault: ({ config }) => tooLong(config, 'user'),
  },
  {
    pattern: /Address lookup for (.+) failed/,
    why: 'The resolver knows no such name.',
    fault: ({ config }) => ({ code: 'IPM-008', kind: 'address.unknown', address: config.address, ...bmcOf(config) }),
  },
  {
    pattern: /RAKP [24] HMAC is invalid|RAKP 4 message has invalid integrity check/,
    why: "The BMC's proof was made with another password.",
    fault: ({ config }) => ({ code: 'IPM-002', kind: 'password.wrong', user: config.user, ...bmcOf(config) }),
  },
  {
    pattern: /RAKP \d message indicates an error : (?:unauthorized name|invalid name length)/,
    why: 'The BMC has no such user, or not over the network.',
    fault: ({ config }) => ({ code: 'IPM-003', kind: 'user.unknown', user: config.user, ...bmcOf(config) }),
  },
  {
    pattern: /RAKP \d message indicates an error : (?:unauthorized role|invalid role)/,
    why: 'The user may not have the privilege that the session asks for.',
    fault: ({ config }) => privilegeTooLow(config, 'a session'),
  },
  {
    pattern: /insufficient resources for session/,
    why: 'The table of sessions is full; some say so when it opens, some at RAKP.',
    fault: ({ config }) => ({ code: 'IPM-005', kind: 'sessions.full', ...bmcOf(config) }),
  },
  {
    pattern:
      /invalid (?:authentication|integrity|confidentiality) algorithm|no matching cipher|Unsupported cipher suite/,
    why: 'The BMC, or ipmitool itself, does not have this suite.',
    fault: ({ config }) => cipherNotOffered(config),
  },
  {
    pattern: /does not support IPMI v2|Get Auth Capabilities error: (.+)/,
    why: 'Something answered, and what it said is no answer to this question.',
    fault: ({ config }, [whole]) => ({ code: 'IPM-009', kind: 'protocol.other', text: whole, ...bmcOf(config) }),
  },
  {
    pattern: /Set Session Privilege Level to (\w+) failed: /,
    why: 'The session is there, but not with this privilege.',
    fault: ({ config }) => privilegeTooLow(config, 'a session'),
  },
  {
    pattern:
      /Get Auth Capabilities error|no response from RAKP|Unable to establish IPMI v2|Close Session command failed/,
    why: 'Nothing came back, from the start on or in the middle. A suite agreed to but not there (8) looks the same.',
    fault: ({ config }) => unreachable(config, unreachable_ms(config.timing)),
  },
  {
    pattern: /Info: (SOL payload .+)/,
    why: 'The console is switched off, or somebody else has it.',
    fault: ({ config, command }, [, why = '']) => refused(config, command, excerpt(why)),
  },
  {
    pattern: /(?:failed|Error[^:\n]*|refused|request): (Insufficient privilege level.*)/,
    why: 'Completion code d4.',
    fault: ({ config, command }) => privilegeTooLow(config, command),
  },
  {
    pattern:
      /(?:failed|Error[^:\n]*|request): (Node busy|Timeout|BMC initialization.*|.*initialization in progress.*)/i,
    why: 'Completion codes c0, c3 and d2: it will do it later.',
    fault: ({ config, command }, [, why = '']) => busy(config, command, excerpt(why)),
  },
  {
    pattern: /(?:failed|Error[^:\n]*|request)[^:\n]*: ([^\n]+)/,
    why: 'Any other completion code. ipmitool then may end with 0 all the same.',
    fault: ({ config, command }, [, why = '']) => refused(config, command, excerpt(why)),
  },
  {
    pattern: /(Invalid \w+ command: .*|Device not present.*|.* failed$)/m,
    why: 'Refused, without its completion code.',
    fault: ({ config, command }, [, why = '']) => refused(config, command, excerpt(why)),
  },
];

/** What ipmitool says under -v of every BMC that does not have what it asks for first. */
const NOISE =
  /^(?:Loading IANA|IANA PEN|Running Get VSO|Invalid completion code|Discovered IPMB|Get HPM\.x|tcgetattr:|RAW R).*$/gm;

/** The Fault in what a call left behind. To be asked when it ended with an error, or did not say that it was done. */
export function classify(outcome: IpmitoolOutcome): Fault {
  const text = outcome.errorText.replace(NOISE, '').trim() || outcome.output.trim();
  for (const { pattern, fault } of CAUSES) {
    const match = pattern.exec(text);
    if (match !== null) return fault(outcome, match);
  }
  return notUnderstood(outcome.config, outcome.command, text === '' ? endingOf(outcome) : text);
}

export function unreachable(config: IpmiConfig, waited_ms: number): Fault {
  return { code: 'IPM-001', kind: 'bmc.unreachable', waited_ms, ...bmcOf(config) };
}

export function notUnderstood(config: IpmiConfig, command: string, text: string): Fault {
  return { code: 'IPM-010', kind: 'output.notUnderstood', command, text: excerpt(text), ...bmcOf(config) };
}

export function busy(config: IpmiConfig, command: string, why: string): Fault {
  return { code: 'IPM-013', kind: 'bmc.busy', command, why, ...bmcOf(config) };
}

export function tooLong(config: IpmiConfig, which: 'password' | 'user'): Fault {
  const limit_bytes = which === 'password' ? LONGEST_PASSWORD : LONGEST_USER;
  return { code: 'IPM-011', kind: 'credentials.tooLong', which, limit_bytes, ...bmcOf(config) };
}

function cipherNotOffered(config: IpmiConfig): Fault {
  return { code: 'IPM-004', kind: 'cipher.notOffered', cipherSuite: config.cipherSuite, ...bmcOf(config) };
}

function privilegeTooLow(config: IpmiConfig, command: string): Fault {
  return { code: 'IPM-006', kind: 'privilege.tooLow', privilege: config.privilege, command, ...bmcOf(config) };
}

function refused(config: IpmiConfig, command: string, why: string): Fault {
  return { code: 'IPM-007', kind: 'command.refused', command, why, ...bmcOf(config) };
}

function excerpt(text: string): string {
  return text.trim().replace(/\s+/g, ' ').slice(0, LONGEST_EXCERPT);
}

function endingOf({ exitCode, signal }: IpmitoolOutcome): string {
  return signal === null ? `exit code ${exitCode ?? 'unknown'}, and not a word` : signal;
}
