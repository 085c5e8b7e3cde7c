import { createHash } from 'node:crypto';

export type BmcPrivilege = 'user' | 'operator' | 'admin';

export interface BmcUser {
  readonly name: string;
  readonly password: string;
  readonly privilege: BmcPrivilege;
}

export interface LanConf {
  readonly node: string;
  /** UDP on 127.0.0.1. */
  readonly lanPort: number;
  /** TCP on 127.0.0.1, where the simulator looks for the serial line. */
  readonly solPort: number;
  /** TCP on 127.0.0.1, where it waits for a guest's own KCS interface; null: the guest has none. */
  readonly kcsPort: number | null;
  /** Program that does what is asked of the chassis. */
  readonly control: string;
  readonly users: readonly BmcUser[];
}

/** More sessions than one user of a real BMC may have; the simulator does not count them anyway (measured). */
const SESSIONS = 10;
const AUTHENTICATIONS = 'none md2 md5 straight';

/**
 * Configuration of `ipmi_sim` for one BMC. It holds passwords: the file is for its owner alone.
 * @see ipmi_lan(5); without `guid` no RMCP+ session comes up (measured)
 */
export function lanConf({ node, lanPort, solPort, kcsPort, control, users }: LanConf): string {
  const lines = [
    `name "${node}"`,
    'set_working_mc 0x20',
    '  startlan 1',
    `    addr 127.0.0.1 ${lanPort}`,
    '    priv_limit admin',
    ...['callback', 'user', 'operator', 'admin'].map((level) => `    allowed_auths_${level} ${AUTHENTICATIONS}`),
    `    guid ${guidOf(node)}`,
    '  endlan',
    `  chassis_control "${control}"`,
    ...(kcsPort === null ? [] : [`  serial 15 127.0.0.1 ${kcsPort} codec VM`]),
    '  startnow false',
    `  sol "tcp:127.0.0.1:${solPort}" 115200 history=4000`,
    // The nameless first user of every BMC is shut.
    `  user 1 false "" "" user ${SESSIONS} ${AUTHENTICATIONS}`,
    ...users.map(
      ({ name, password, privilege }, index) =>
        `  user ${index + 2} true "${name}" "${password}" ${privilege} ${SESSIONS} ${AUTHENTICATIONS}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Always the same for a node, so that whoever inventories the rack knows it again. 32 hexadecimal digits. */
export function guidOf(node: string): string {
  return createHash('sha256').update(`bmc of ${node}`).digest('hex').slice(0, 32);
}

const MC = '0x20';
/** Full sensor record of a temperature; its name is at the end. @see IPMI 2.0 rev 1.1, table 43-1 */
const TEMPERATURE_RECORD = [
  '0x00 0x00 0x51 0x01 0x31 0x20 0x00 0x01 0x03 0x01 0x67 0x88 0x01 0x01 0xc0 0x0f 0xc0 0x7f 0x38 0x38 0x00 0x01 0x00',
  '0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x03 0x18 0x2a 0x00 0x2a 0x00 0x32 0x2d 0x2a 0x00 0x00 0x00 0x00 0x00 0x00 0x00',
  '0x00 0xc6',
].join(' ');
const TEMPERATURE_NAME = 'Inlet1';

/**
 * What the BMC is made of, in the words of `ipmi_sim`: a management controller with an event log of 1000 records and an
 * inlet temperature, read each second from a file with a number in it.
 *
 * Whatever stands here wrong ends the reading in silence: the port is never opened (measured).
 * @see ipmi_sim_cmd(5)
 */
export function emuCommands(temperatureFile: string): string {
  const name = [...Buffer.from(TEMPERATURE_NAME, 'latin1')].map((byte) => `0x${byte.toString(16)}`).join(' ');
  const ALL = '000111111000000';
  const lines = [
    `mc_setbmc ${MC}`,
    // Device 0, revision 3, firmware 9.08, a BMC with sensors, repository and log; the manufacturer is not assigned.
    `mc_add ${MC} 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02`,
    `sel_enable ${MC} 1000 0x0a`,
    `sensor_add ${MC} 0 1 0x01 0x01 poll 1000 file "${temperatureFile}"`,
    `main_sdr_add ${MC} ${TEMPERATURE_RECORD} ${name}`,
    `sensor_set_value ${MC} 0 1 0x18 0`,
    `sensor_set_threshold ${MC} 0 1 settable 111000 0x32 0x2d 0x2a 00 00 00`,
    `sensor_set_event_support ${MC} 0 1 enable scanning per-state ${ALL} ${ALL} ${ALL} ${ALL}`,
    `mc_enable ${MC}`,
  ];
  return `${lines.join('\n')}\n`;
}
