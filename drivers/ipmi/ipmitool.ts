import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { runProcess, type RunResult } from '../process/run.js';
import { aborted, pause } from '../system-clock/pause.js';
import { openTurns } from '../system-clock/turns.js';
import { ipmitoolArgv, ipmitoolEnvironment, type IpmiCommand } from './argv.js';
import { busy, classify, LONGEST_PASSWORD, tooLong } from './classify.js';
import { bmcOf, type IpmiConfig, type IpmiParts } from './config.js';
import { callLimit_ms } from './timing.js';
import { toolHome } from './tool-home.js';

/**
 * Does one thing by ipmitool, in turn with whatever else this BMC is asked. What it printed comes back.
 * @throws FaultError IPM-001 to IPM-013, HOST-001 (ipmitool is not installed); AbortError when the signal was aborted
 */
export type Ipmitool = (command: IpmiCommand, signal: AbortSignalLike) => Promise<string>;

/**
 * Causes that pass by themselves, and how long to wait before each further try. All others would fail again: a wrong
 * password tried often locks the user out.
 */
const PAUSES_MS: Readonly<Partial<Record<Fault['code'], readonly number[]>>> = {
  // A burst of commands silences many BMCs for a moment.
  'IPM-001': [1_000],
  // One that falls silent while a session is being opened looks as if it spoke something else.
  'IPM-009': [2_000, 4_000],
  // Sessions that nobody closed time out after 60 s (IPMI 2.0, section 6.12.15), but most ends within seconds.
  'IPM-005': [1_000, 2_000, 4_000],
  'IPM-013': [500, 1_000, 2_000],
};

/** The longest that one command takes in all: each try its limit, and the pauses between them. */
export function commandLimit_ms(config: IpmiConfig, command: IpmiCommand): number {
  // A table that fails is asked for once more, to be told why.
  const try_ms = callLimit_ms(config.timing, command.exchanges) * (command.isTable ? 2 : 1);
  return Math.max(...Object.values(PAUSES_MS).map((pauses) => (pauses.length + 1) * try_ms + sum(pauses)));
}

/** @param turns shared with whatever else asks this BMC */
export function ipmitool(config: IpmiConfig, parts: IpmiParts, turns = openTurns()): Ipmitool {
  return async (command, signal) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await turns.take(() => attempted(config, parts, { command, signal }), { signal });
      } catch (thrown) {
        const code = faultOf(thrown)?.code;
        const wait_ms = code === undefined ? undefined : PAUSES_MS[code]?.[attempt];
        if (wait_ms === undefined) throw thrown;
        await pause(parts.clock, wait_ms, signal);
      }
    }
  };
}

interface Asked {
  readonly command: IpmiCommand;
  readonly signal: AbortSignalLike;
}

async function attempted(config: IpmiConfig, parts: IpmiParts, asked: Asked): Promise<string> {
  const { command } = asked;
  const result = await called(config, parts, asked);
  if (isDone(result, command)) return result.output.toString('utf8');
  // Without -v the causes look alike, so it is asked once more in order to be told why.
  const { isTable, ...plain } = command;
  const told = isTable ? await called(config, parts, { ...asked, command: plain }) : result;
  const words = command.words.join(' ');
  // This time it worked, though not in the form that was asked for.
  if (isDone(told, command)) throw new FaultError(busy(config, words, 'it failed once and, asked why, did not'));
  const { exitCode, signal, errorTail } = told;
  const output = told.output.toString('utf8');
  throw new FaultError(classify({ config, command: words, exitCode, signal, output, errorText: errorTail }));
}

function isDone({ exitCode, output }: RunResult, { says = '' }: IpmiCommand): boolean {
  return exitCode === 0 && output.includes(says);
}

/** One run of the program, ended at its limit. */
async function called(
  config: IpmiConfig,
  { clock, password }: IpmiParts,
  { command, signal }: Asked,
): Promise<RunResult> {
  const secret = await password();
  // ipmitool says so too, but only after it has cut off what stands behind a NUL.
  if (Buffer.byteLength(secret) > LONGEST_PASSWORD) throw new FaultError(tooLong(config, 'password'));
  if (signal.aborted) throw aborted();
  const limit_ms = callLimit_ms(config.timing, command.exchanges);
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  signal.addEventListener('abort', leave, { once: true });
  const timer = clock.setTimer(limit_ms, leave);
  try {
    const argv = ipmitoolArgv(config, command);
    const home = command.hasNames ? {} : { HOME: toolHome() };
    const environment = { ...ipmitoolEnvironment(secret), ...home };
    const result = await runProcess({ argv, environment }, stop.signal);
    if (!result.isAborted) return result;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', leave);
  }
  if (signal.aborted) throw aborted();
  const words = command.words.join(' ');
  throw new FaultError({ code: 'IPM-012', kind: 'bmc.tooSlow', command: words, waited_ms: limit_ms, ...bmcOf(config) });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
