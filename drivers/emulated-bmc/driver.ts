import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { Chassis, SerialLine } from '../../core/ports/machine-room.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';
import { requireProgram } from '../process/program.js';
import { startProcess, type RunningProcess } from '../process/start.js';
import { isAborted } from '../system-clock/pause.js';
import { ChassisDesk } from './chassis-desk.js';
import { emuCommands, lanConf, type BmcUser } from './conf.js';
import { openControlChannel } from './control-channel.js';
import { freeUdpPort } from './free-port.js';
import { Lies } from './lies.js';
import { waitForPresence } from './presence.js';
import { openRelay, type Relay } from './relay.js';
import { openSolLine } from './sol-line.js';
import { withRelayPort } from './sol-port.js';
import { checkedUser } from './user.js';

const PROGRAM = 'ipmi_sim';
/** A hundred at once were up after 0.4 s (measured). */
const START_LIMIT_MS = 10_000;

export interface EmulatedBmcOptions {
  readonly node: string;
  readonly chassis: Chassis;
  readonly line: SerialLine;
  readonly users: readonly BmcUser[];
  readonly clock: Clock;
  /** A directory of its own, which is made: it holds passwords, for the eyes of its owner only. */
  readonly directory: string;
  /** UDP port on 127.0.0.1; one that is free unless told. */
  readonly port?: number;
  /** TCP port on 127.0.0.1 where the guest's own interface to it (KCS) is waited for; none unless told. */
  readonly kcsPort?: number;
  /** What nobody waited for: the machine could not be switched on, the BMC died. */
  readonly noted: (fault: Fault) => void;
}

/** A BMC that speaks IPMI 2.0 over LAN: the simulator of OpenIPMI, and what it needs to be one of ours. */
export interface EmulatedBmc extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Has it tell a lie, or the truth again. */
  lie(lie: BmcMishapKind, isTold: boolean): void;
  /** Degrees Celsius at the inlet; read within a second. */
  setTemperature(celsius: number): void;
  /** The BMC is dead, and says nothing, until it is brought back. Twice does nothing more. */
  die(): Promise<void>;
  /** @throws FaultError EBM-001, EBM-002 */
  comeBack(): Promise<void>;
}

/** @throws FaultError HOST-001, HOST-002, EBM-001 (no answer), EBM-002 (died), EBM-003 (unfit user), EBM-004 (port) */
export async function openEmulatedBmc(options: EmulatedBmcOptions): Promise<EmulatedBmc> {
  const { chassis, clock, directory, node, noted } = options;
  const users = options.users.map((user) => checkedUser(node, user));
  requireProgram(PROGRAM);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lies = new Lies(clock);
  const desk = new ChassisDesk({ chassis, clock, lies, failed: failuresTo(noted) });
  const control = await openControlChannel(directory, (words) => desk.ask(words));
  const sol = await openSolLine(options.line);
  const simulator = new Simulator(options, { users, control: control.command, solPort: sol.port });
  simulator.setTemperature(INLET_CELSIUS);
  const relay: Relay = await openRelay({
    clock,
    lies,
    isFed: () => chassis.isFed(),
    port: options.port ?? 0,
    bmcPort: () => simulator.port,
    listener: {
      passwordOf: (name) => users.find((user) => user.name === name)?.password ?? null,
      isOpenToAll: () => lies.has('bmc.any-password'),
      isPasswordWrong: () => lies.has('bmc.wrong-password'),
      asked: (request) => desk.asked(request),
      answered: (request, data) => desk.answered(request, data) ?? withRelayPort(request, data, relay.port),
    },
  }).catch((thrown: unknown) => {
    for (const part of [sol, control, desk]) part.close();
    throw new FaultError({ code: 'EBM-004', kind: 'bmcPort.taken', node, port: options.port ?? 0 }, thrown);
  });
  const close = async (): Promise<void> => {
    await simulator.end();
    for (const part of [relay, sol, control, desk]) part.close();
  };
  await simulator.start().catch(async (thrown: unknown) => {
    await close();
    throw thrown;
  });
  return {
    address: '127.0.0.1',
    port: relay.port,
    lie: (lie, isTold) => lies.tell(lie, isTold),
    setTemperature: (celsius) => simulator.setTemperature(celsius),
    die: () => simulator.end(),
    comeBack: () => simulator.start(),
    [Symbol.asyncDispose]: close,
  };
}

const INLET_CELSIUS = 24;

interface SimulatorParts {
  readonly users: readonly BmcUser[];
  readonly control: string;
  readonly solPort: number;
}

/** The process of one BMC. */
class Simulator {
  readonly #options: EmulatedBmcOptions;
  readonly #parts: SimulatorParts;
  #child: RunningProcess | null = null;
  #port = 0;

  constructor(options: EmulatedBmcOptions, parts: SimulatorParts) {
    this.#options = options;
    this.#parts = parts;
  }

  get port(): number {
    return this.#port;
  }

  setTemperature(celsius: number): void {
    writeFileSync(this.#path('temperature'), `${Math.round(celsius)}\n`);
  }

  async start(): Promise<void> {
    if (this.#child !== null) return;
    const { node, kcsPort = null, clock } = this.#options;
    const lanPort = await freeUdpPort();
    this.#port = lanPort;
    writeFileSync(this.#path('lan.conf'), lanConf({ node, lanPort, kcsPort, ...this.#parts }), { mode: 0o600 });
    writeFileSync(this.#path('bmc.emu'), emuCommands(this.#path('temperature')));
    const files = ['-c', this.#path('lan.conf'), '-f', this.#path('bmc.emu'), '-s', this.#options.directory];
    // -n: no console of its own; -p: nothing is kept, since a kept sensor repository doubles at each start (measured).
    const child = startProcess({ argv: [PROGRAM, '-n', '-p', ...files] });
    this.#child = child;
    let found: Fault = { code: 'EBM-001', kind: 'emulatedBmc.silent', node, waited_ms: START_LIMIT_MS };
    const ended = died(node, child).then((death) => void (found = death));
    if (!(await waitForPresence(lanPort, { clock, limit_ms: START_LIMIT_MS, ended }))) {
      await this.end();
      throw new FaultError(found);
    }
    void this.#watch(child);
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    await child?.[Symbol.asyncDispose]();
  }

  async #watch(child: RunningProcess): Promise<void> {
    const fault = await died(this.#options.node, child);
    if (this.#child !== child) return;
    this.#child = null;
    this.#options.noted(fault);
  }

  #path(name: string): string {
    return join(this.#options.directory, name);
  }
}

async function died(node: string, child: RunningProcess): Promise<Fault> {
  const { exitCode, signal, errorTail: text } = await child.ended;
  return { code: 'EBM-002', kind: 'emulatedBmc.died', node, exitCode, signal, text };
}

/** A machine that is put away in the middle of being switched on is no news. */
function failuresTo(noted: (fault: Fault) => void): (thrown: unknown) => void {
  return (thrown) => {
    const fault = faultOf(thrown);
    if (fault !== null) noted(fault);
    else if (!isAborted(thrown)) throw thrown;
  };
}
