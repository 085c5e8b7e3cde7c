import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import type { PowerState } from '../../../core/ports/power.js';
import { IPMI_DEFAULTS, type IpmiConfig, type IpmiParts } from '../../../drivers/ipmi/config.js';
import { startProcess, type RunningProcess } from '../../../drivers/process/start.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';

export const PASSWORD = 'opensesame';

/**
 * What ipmi_sim runs to know and to change its machine: whether it is on is a file, what was asked a log. A file
 * `deaf` makes orders be acknowledged and forgotten, `senseless` makes the next one fail.
 */
const CHASSIS = `#!/bin/sh
d=$1 op=$2
shift 2
case $op in
  get) for what; do case $what in
      power) if [ -e "$d/on" ]; then echo power:1; else echo power:0; fi ;;
      boot) read -r boot <"$d/boot"; echo "boot:$boot" ;;
    esac; done ;;
  set) [ -e "$d/deaf" ] && exit 0
    [ -e "$d/senseless" ] && rm "$d/senseless" && exit 1
    case "$1 $2" in
      'power 1') [ -e "$d/on" ] || { echo on >>"$d/log"; : >"$d/on"; } ;;
      'power 0') if [ -e "$d/on" ]; then echo off >>"$d/log"; rm "$d/on"; fi ;;
      boot*) echo "$2" >"$d/boot" ;;
      *) echo "$*" >>"$d/log" ;;
    esac ;;
esac
exit 0
`;

/** A temperature that is a file, in the words of ipmi_sim(1): the SDR says linear, degrees C, limits 112, 144, 160. */
const EMULATION = (directory: string): string => `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
sensor_add 0x20 0 1 0x01 0x01 poll 200 file "${directory}/temperature"
main_sdr_add 0x20 0x00 0x00 0x51 0x01 0x31 0x20 0x00 0x01 0x03 0x01 0x67 0x88 0x01 0x01 0xc0 0x0f 0xc0 0x7f 0x38 0x38 \
0x00 0x01 0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x03 0x60 0xb0 0x00 0xb0 0x00 0xa0 0x90 0x70 0x00 0x00 0x00 0x00 \
0x00 0x00 0x00 0x00 0xc6 0x49 0x6e 0x74 0x61 0x6b 0x65
sensor_set_value 0x20 0 1 0x60 0
sensor_set_threshold 0x20 0 1 settable 111000 0xa0 0x90 0x70 00 00 00
sensor_set_event_support 0x20 0 1 enable scanning per-state 000111111000000 000111111000000 000111111000000 \
000111111000000
mc_enable 0x20
`;

interface Ports {
  readonly lan: number;
  readonly console: number;
}

const LAN = (directory: string, ports: Ports): string => `name "test"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${ports.lan}
    priv_limit admin
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "${directory}/chassis ${directory}"
  startnow false
  sol "tcp:127.0.0.1:${ports.console}" 115200 history=4000
  user 1 true "" "test" user 10 none md2 md5 straight
  user 2 true "admin" "${PASSWORD}" admin 10 none md2 md5 straight
  user 3 true "viewer" "${PASSWORD}" user 10 none md2 md5 straight
`;

export interface TestBmc extends AsyncDisposable {
  readonly config: IpmiConfig;
  readonly parts: IpmiParts;
  /** What the driver noticed. */
  readonly notices: readonly Fault[];
  readonly directory: string;
  /** What the machine was really put through. */
  log(): readonly string[];
  power(): PowerState;
  boot(): string;
  /** What the BMC types to the machine's serial line arrives here; what is written to it is what the machine says. */
  readonly serial: Serial;
  /** The BMC dies, and starts again. */
  restart(): Promise<void>;
  /** The BMC hangs, or goes on: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
}

export interface Serial {
  say(text: string): void;
  /** All that came since the last call, when `text` is in it. */
  heard(text: string): Promise<string>;
  /** Comes when the BMC has plugged itself in. */
  plugged(): Promise<void>;
}

/** A real ipmi_sim on ports of its own. */
export async function openTestBmc(changes: Partial<IpmiConfig> = {}): Promise<TestBmc> {
  const directory = await mkdtemp(join(tmpdir(), 'bmc-'));
  const line = await openSerial();
  const lan = await freeUdpPort();
  await writeFile(join(directory, 'chassis'), CHASSIS, { mode: 0o755 });
  await writeFile(join(directory, 'lan.conf'), LAN(directory, { lan, console: line.port }));
  await writeFile(join(directory, 'bmc.emu'), EMULATION(directory));
  await writeFile(join(directory, 'temperature'), '96\n');
  for (const name of ['boot', 'log']) await writeFile(join(directory, name), name === 'boot' ? 'none\n' : '');
  const notices: Fault[] = [];
  let bmc = await startSimulator(directory, lan);
  const lines = (name: string): readonly string[] =>
    readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean);
  return {
    config: { ...IPMI_DEFAULTS, node: nodeId('root1'), address: '127.0.0.1', port: lan, user: 'admin', ...changes },
    parts: {
      clock: systemClock(),
      password: () => Promise.resolve(PASSWORD),
      notice: (fault) => void notices.push(fault),
    },
    notices,
    directory,
    log: () => lines('log'),
    power: () =>
      lines('log')
        .filter((word) => word === 'on' || word === 'off')
        .at(-1) === 'on'
        ? 'on'
        : 'off',
    boot: () => lines('boot').join(''),
    serial: line,
    async restart() {
      await bmc[Symbol.asyncDispose]();
      bmc = await startSimulator(directory, lan);
    },
    signal: (name) => bmc.kill(name),
    async [Symbol.asyncDispose]() {
      await bmc[Symbol.asyncDispose]();
      line.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Comes when it answers. */
async function startSimulator(directory: string, port: number): Promise<RunningProcess> {
  const file = (name: string): string => join(directory, name);
  const argv = ['ipmi_sim', '-n', '-p', '-c', file('lan.conf'), '-f', file('bmc.emu'), '-s', directory] as const;
  const bmc = startProcess({ argv });
  await answers(port);
  return bmc;
}

/** Get Channel Authentication Capabilities outside of a session (IPMI 2.0, sections 13.6 and 22.13). */
const CAPABILITIES = Buffer.from(`0600ff07${'00'.repeat(9)}092018c88100388e04b5`, 'hex');
const ASK_AGAIN_MS = 20;

/** Asks until something answers; a test that waits for ever is ended by tap. */
async function answers(port: number): Promise<void> {
  const socket = createSocket('udp4');
  const ask = (): void => socket.send(CAPABILITIES, port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.on('error', () => {});
    socket.once('message', () => resolve());
    const timer = setInterval(ask, ASK_AGAIN_MS);
    socket.once('close', () => clearInterval(timer));
    ask();
    socket.once('message', () => socket.close());
  });
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(resolve));
  return port;
}

/** The end of a serial line that ipmi_sim dials into. */
async function openSerial(): Promise<Serial & { readonly port: number; close(): void }> {
  let socket: Socket | null = null;
  let text = '';
  let awake: () => void = () => {};
  const server: Server = createServer((dialled) => {
    socket = dialled;
    dialled.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      awake();
    });
    dialled.on('close', () => void (socket = socket === dialled ? null : socket));
    dialled.on('error', () => {});
    awake();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const until = async (isIt: () => boolean): Promise<void> => {
    while (!isIt()) await new Promise<void>((resolve) => void (awake = resolve));
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    say: (said) => void socket?.write(Buffer.from(said, 'latin1')),
    async heard(wanted) {
      await until(() => text.includes(wanted));
      const all = text;
      text = '';
      return all;
    },
    plugged: () => until(() => socket !== null),
    close() {
      socket?.destroy();
      server.close();
    },
  };
}
