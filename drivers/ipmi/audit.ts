import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { bmcOf, type IpmiConfig, type IpmiParts } from './config.js';
import { ipmitool } from './ipmitool.js';

/** Long enough that nobody has it, and within what IPMI takes. */
const NOBODYS_PASSWORD = 'metalrig-not-this-1';

const KEPT_OUT = ['IPM-002', 'IPM-003', 'IPM-004', 'IPM-006'] as const;

/**
 * What an attacker would try first, once each: any password, and cipher suite 0, which asks for none.
 * @returns what was found open
 * @throws FaultError IPM-001 and others, where the BMC does not answer at all
 */
export async function auditIpmi(
  config: IpmiConfig,
  parts: IpmiParts,
  signal: AbortSignalLike,
): Promise<readonly Fault[]> {
  const wrong = { ...parts, password: () => Promise.resolve(NOBODYS_PASSWORD) };
  const facts = { user: config.user, ...bmcOf(config) };
  const found: Fault[] = [];
  if (await isLetIn({ config, parts: wrong, keptOut: KEPT_OUT }, signal))
    found.push({ code: 'IPM-018', kind: 'password.anyAccepted', ...facts });
  // One that does not have it may say nothing at all.
  const withoutCipher = {
    config: { ...config, cipherSuite: 0 },
    parts: wrong,
    keptOut: [...KEPT_OUT, 'IPM-001'] as const,
  };
  if (await isLetIn(withoutCipher, signal)) {
    found.push({ code: 'IPM-019', kind: 'cipher.zeroOpen', ...facts });
  }
  return found;
}

interface Attempt {
  readonly config: IpmiConfig;
  readonly parts: IpmiParts;
  /** Faults that mean: kept out. */
  readonly keptOut: readonly Fault['code'][];
}

async function isLetIn({ config, parts, keptOut }: Attempt, signal: AbortSignalLike): Promise<boolean> {
  try {
    await ipmitool(config, parts)({ words: ['mc', 'info'] }, signal);
    return true;
  } catch (thrown) {
    const code = faultOf(thrown)?.code;
    if (code !== undefined && keptOut.includes(code)) return false;
    throw thrown;
  }
}
