import { consoleHub } from '../../core/console/hub.js';
import type { OtherSide } from '../../core/console/governor.js';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { ConsoleListener, ConsoleSeat } from '../../core/ports/console.js';
import { startProcess, type RunningProcess } from '../process/start.js';
import { pause } from '../system-clock/pause.js';
import type { Turns } from '../system-clock/turns.js';
import { consoleArgv, ipmitoolEnvironment } from './argv.js';
import { classify } from './classify.js';
import type { RestartableBmc } from './restart.js';
import { endingOf, isOperational, isTaken, withoutBanner } from './sol-output.js';
import { callLimit_ms } from './timing.js';

/** The serial line of one node through its BMC, for as long as it is wanted. */
export interface IpmiConsole extends AsyncDisposable {
  /** The first one attaches the line. @throws FaultError CON-002 (somebody else types) */
  attach(listener: ConsoleListener): ConsoleSeat;
  otherSide(): OtherSide;
}

/** Causes that pass by themselves. Any other is told once and not tried again: a wrong password locks its user out. */
const PASSING: readonly Fault['code'][] = ['CON-001', 'IPM-001', 'IPM-005', 'IPM-007', 'IPM-010', 'IPM-012', 'IPM-013'];

/** Whether a line that was lost for this cause is being looked for; else whoever attaches next tries again. */
export function mayComeBack({ code }: Fault): boolean {
  return PASSING.includes(code);
}

export interface SolParts {
  readonly bmc: RestartableBmc;
  readonly turns: Turns;
}

/** Between two tries to get the line back: a BMC that restarts is away for a minute or two. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** How long ipmitool may take to give the line back, once its input has ended. */
const GOODBYE_MS = 2_000;

/**
 * Serial over LAN by an ipmitool of its own, which stays attached: reboots of the node pass through it, and when the
 * BMC is lost it is attached again. Detaching and attaching at each use is what breaks consoles of real BMCs.
 */
export function ipmiConsole({ bmc, turns }: SolParts): IpmiConsole {
  const { node } = bmc.config;
  const { clock } = bmc.parts;
  const stop = new AbortController();
  let line: RunningProcess | null = null;
  let isKept: Promise<void> | null = null;
  const hub = consoleHub({
    node,
    clock,
    // NUL is the escape character, and nobody means to type it.
    send: (text) => line?.write(Buffer.from(text.replaceAll('\u0000', ''), 'latin1')),
  });

  const keep = async (): Promise<void> => {
    let wait_ms = FIRST_WAIT_MS;
    while (!stop.signal.aborted) {
      const attempt = await attached({ bmc, turns, heard: (text) => hub.heard(text) }, stop.signal);
      if ('fault' in attempt) {
        hub.line(attempt.fault);
        if (!mayComeBack(attempt.fault)) return;
      } else {
        line = attempt.line;
        wait_ms = FIRST_WAIT_MS;
        hub.line(null);
        const why = await attempt.ended;
        line = null;
        if (!stop.signal.aborted) hub.line({ code: 'CON-001', kind: 'console.lost', node, why });
      }
      await pause(clock, wait_ms, stop.signal);
      wait_ms = Math.min(2 * wait_ms, LONGEST_WAIT_MS);
    }
  };
  return {
    otherSide: () => hub.otherSide(),
    attach(listener) {
      const seat = hub.seat(listener);
      isKept ??= keep()
        // The pause rejects when it is disposed of; nothing else does.
        .catch(() => {})
        .finally(() => void (isKept = null));
      return seat;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      if (line !== null) await goodbye(bmc, line);
      await isKept;
    },
  };
}

interface Attempt extends SolParts {
  readonly heard: (text: string) => void;
}

type Attached =
  | { readonly fault: Fault }
  | { readonly line: RunningProcess; /** Why, for people. */ readonly ended: Promise<string> };

/** One try. A session that somebody left behind is ended first, and then it is tried once more. */
async function attached(attempt: Attempt, signal: AbortSignal): Promise<Attached> {
  try {
    const first = await activated(attempt, signal);
    if (!('text' in first)) return first;
    if (!isTaken(first.text)) return { fault: faultOfText(attempt, first.text) };
    await deactivated(attempt, signal);
    const second = await activated(attempt, signal);
    return 'text' in second ? { fault: faultOfText(attempt, second.text) } : second;
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return { fault };
  }
}

interface Failed {
  /** All that ipmitool said. */
  readonly text: string;
}

/** Starts ipmitool and comes when the BMC has agreed, or when it ended without. */
function activated({ bmc, turns, heard }: Attempt, signal: AbortSignal): Promise<Attached | Failed> {
  const { config, parts } = bmc;
  const activate = async (): Promise<Attached | Failed> => {
    const secret = await parts.password();
    const plain = withoutBanner();
    let errorText = '';
    let isUp = false;
    let up: () => void = () => {};
    const agreed = new Promise<'up'>((resolve) => void (up = () => resolve('up')));
    const line = startProcess({
      argv: consoleArgv(config),
      environment: ipmitoolEnvironment(secret),
      input: 'pipe',
      onOutput(bytes) {
        const said = plain(bytes.toString('latin1'));
        if (said !== '') heard(said);
      },
      onErrorOutput(bytes) {
        if (isUp) return;
        errorText += bytes.toString('utf8');
        isUp = isOperational(errorText);
        if (isUp) up();
      },
    });
    const limit = parts.clock.setTimer(callLimit_ms(config.timing), () => line.kill('SIGKILL'));
    const leave = (): void => line.kill('SIGKILL');
    signal.addEventListener('abort', leave, { once: true });
    const first = await Promise.race([agreed, line.ended]);
    limit.cancel();
    signal.removeEventListener('abort', leave);
    if (first !== 'up') return { text: errorText };
    return { line, ended: line.ended.then(({ errorTail }) => endingOf(errorTail)) };
  };
  return turns.take(activate, { signal });
}

/** A stale session: of a client that was killed, or of ours from before. */
async function deactivated({ bmc }: Attempt, signal: AbortSignal): Promise<void> {
  try {
    await bmc.tool({ words: ['sol', 'deactivate'] }, signal);
  } catch (thrown) {
    if (!(thrown instanceof FaultError)) throw thrown;
  }
}

function faultOfText({ bmc: { config } }: Attempt, text: string): Fault {
  const facts = { config, command: 'sol activate', exitCode: 1, signal: null, output: '' };
  return classify({ ...facts, errorText: text });
}

/** Its input ends, so that it tells the BMC; the next one then finds the line free. */
async function goodbye({ parts: { clock } }: RestartableBmc, line: RunningProcess): Promise<void> {
  line.closeInput();
  const limit = clock.setTimer(GOODBYE_MS, () => line.kill('SIGKILL'));
  await line.ended;
  limit.cancel();
}
