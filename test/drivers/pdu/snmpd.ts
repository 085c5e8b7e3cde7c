import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { startProcess, type RunningProcess } from '../../../drivers/process/start.js';
import { openSession } from '../../../drivers/pdu/session.js';
import { READER } from './lab.js';

/** snmpd and snmpget read and write nothing of the host's: no MIBs, no configuration, no persistent state. */
export function snmpEnvironment(directory: string): Readonly<Record<string, string>> {
  const none = join(directory, 'none');
  return { MIBS: '', MIBDIRS: none, SNMPCONFPATH: none, SNMP_PERSISTENT_DIR: join(directory, 'state') };
}

/**
 * Eight outlets of an APC Rack PDU behind snmpd's `pass_persist`: a state is a file, a switching a line of a log.
 * While there is a file `deaf`, orders are taken and forgotten.
 * @see snmpd.conf(5), pass_persist
 */
const OUTLETS = `#!/bin/sh
d=$1 base=.1.3.6.1.4.1.318.1.1.12.3
state() { read -r s 2>/dev/null <"$d/$1" && printf '%s\\ninteger\\n%s\\n' "$2" "$s" || echo NONE; }
while read -r verb; do
  case $verb in
    PING) echo PONG ;;
    get) read -r oid
      case $oid in
        $base.5.1.1.4.*|$base.3.1.1.4.*) state "\${oid##*.}" "$oid" ;;
        *) echo NONE ;;
      esac ;;
    getnext) read -r oid; echo NONE ;;
    set) read -r oid; read -r type value
      outlet=\${oid##*.}
      case $oid in
        $base.3.1.1.4.*) if [ ! -e "$d/$outlet" ]; then echo no-creation
          elif [ "$type" != integer ]; then echo wrong-type
          elif [ "$value" != 1 ] && [ "$value" != 2 ]; then echo wrong-value
          else [ -e "$d/deaf" ] || { echo "$value" >"$d/$outlet"; echo "$outlet $value" >>"$d/log"; }; echo DONE; fi ;;
        *) echo not-writable ;;
      esac ;;
  esac
done
`;

export interface Snmpd extends AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  /** Each switching so far: `3 on`. */
  log(): readonly string[];
}

/** Debian's snmpd as a PDU: communities public and private, and users of version 3. */
export async function openSnmpd(): Promise<Snmpd> {
  const directory = await mkdtemp(join(tmpdir(), 'snmpd-'));
  const port = await freePort();
  const script = join(directory, 'outlets');
  const configuration = join(directory, 'snmpd.conf');
  await writeFile(script, OUTLETS, { mode: 0o755 });
  await writeFile(join(directory, 'log'), '');
  for (let outlet = 1; outlet <= 8; outlet++) await writeFile(join(directory, String(outlet)), '2\n');
  await writeFile(
    configuration,
    [
      `agentaddress udp:127.0.0.1:${port}`,
      'rocommunity public 127.0.0.1',
      'rwcommunity private 127.0.0.1',
      'createUser rig SHA "authentication-1" AES "privacy-12345"',
      'createUser reader SHA-256 "authentication-1"',
      'rwuser rig priv',
      'rouser reader auth',
      'sysobjectid 1.3.6.1.4.1.318.1.3.4.5',
      `pass_persist .1.3.6.1.4.1.318.1.1.12.3 ${script} ${directory}`,
      '',
    ].join('\n'),
  );
  const argv = ['snmpd', '-f', '-Lf', join(directory, 'snmpd.log'), '-C', '-c', configuration, '-I', '-smux'] as const;
  const environment = snmpEnvironment(directory);
  const snmpd: RunningProcess = startProcess({ argv, environment, directory });
  const opened = {
    port,
    directory,
    log: () =>
      readFileSync(join(directory, 'log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/ 1$/, ' on').replace(/ 2$/, ' off')),
    async [Symbol.asyncDispose]() {
      await snmpd[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
  await answers(port);
  return opened;
}

async function answers(port: number): Promise<void> {
  const { signal } = new AbortController();
  const agent = { address: '127.0.0.1', port, access: READER };
  using session = await openSession(agent, { clock: systemClock(), signal, timing: { answer_ms: 100, tries: 200 } });
  await session.get(['1.3.6.1.2.1.1.2.0']);
}

/** One that nobody had a moment ago: snmpd takes no 0. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(() => resolve()));
  return port;
}
