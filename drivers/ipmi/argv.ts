import type { IpmiConfig } from './config.js';

/** One thing to be done by ipmitool. */
export interface IpmiCommand {
  readonly words: readonly string[];
  /** What its output must hold to be believed: ipmitool may end with 0 though the BMC refused. */
  readonly says?: string;
  /** Rows and dates are in ipmitool's short forms, which -v would change. */
  readonly isTable?: true;
  /** The maker's name is asked for, so that ipmitool has to read all of them. */
  readonly hasNames?: true;
  /** Exchanges beyond a short command's. */
  readonly exchanges?: number;
}

/**
 * argv of one ipmitool call; pure.
 *
 * -E, not -P: every user of the host can read argv, so the password travels by environment. -C always, since not every
 * BMC tells which cipher suites it has. -v, since only then are the causes of a failure told apart.
 */
export function ipmitoolArgv(config: IpmiConfig, command: IpmiCommand): readonly [string, ...string[]] {
  return ['ipmitool', ...connection(config), ...(command.isTable ? ['-Z'] : ['-v']), ...command.words];
}

/** argv of a console that stays: the escape character is NUL, which nobody types, so that all others pass. */
export function consoleArgv(config: IpmiConfig): readonly [string, ...string[]] {
  return ['ipmitool', ...connection(config), '-v', '-e', '', 'sol', 'activate'];
}

/** Of the two variables that -E looks at it is the first that wins: one left over in the user's must not be it. */
export function ipmitoolEnvironment(password: string): Readonly<Record<string, string>> {
  return { IPMITOOL_PASSWORD: password, IPMI_PASSWORD: password, LC_ALL: 'C', TZ: 'UTC' };
}

function connection({ address, port, user, cipherSuite, privilege, timing }: IpmiConfig): readonly string[] {
  const login = ['-I', 'lanplus', '-H', address, '-p', String(port), '-U', user, '-E', '-L', privilege];
  return [...login, '-C', String(cipherSuite), '-N', String(timing.answer_s), '-R', String(timing.tries)];
}
