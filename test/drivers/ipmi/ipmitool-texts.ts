import type { Fault } from '../../../core/faults/fault.js';

/** What ipmitool 1.8.19 (Debian 12) said under -v, word by word, and what it means. */
export interface IpmitoolText {
  readonly command: string;
  readonly exitCode: number;
  readonly errorText: string;
  readonly output?: string;
  readonly means: Partial<Fault>;
}

const START = 'Loading IANA PEN Registry...\n';
const END = '\nError: Unable to establish IPMI v2 / RMCP+ session';
const SESSION = `${START}Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Invalid command
Discovered IPMB address 0x0
`;
const STATUS = { command: 'chassis power status', exitCode: 1 } as const;

export const IPMITOOL_TEXTS: Readonly<Record<string, IpmitoolText>> = {
  'wrong password': {
    ...STATUS,
    errorText: `${START}> RAKP 2 HMAC is invalid${END}`,
    means: { code: 'IPM-002', user: 'admin' },
  },
  'unknown user': {
    ...STATUS,
    errorText: `${START}RAKP 2 message indicates an error : unauthorized name${END}`,
    means: { code: 'IPM-003', user: 'admin' },
  },
  'nobody listens': {
    ...STATUS,
    errorText: `${START}Get Auth Capabilities error
Error issuing Get Channel Authentication Capabilities request${END}`,
    means: { code: 'IPM-001', waited_ms: 2_000 },
  },
  'a cipher suite that the BMC does not have': {
    ...STATUS,
    errorText: `${START}Error in open session response message : invalid authentication algorithm\n${END}`,
    means: { code: 'IPM-004', cipherSuite: 3 },
  },
  'a cipher suite that ipmitool does not have': {
    ...STATUS,
    errorText: `${START}Unsupported cipher suite ID : 99\n${END}`,
    means: { code: 'IPM-004', cipherSuite: 3 },
  },
  'a cipher suite that the BMC agrees to and does not have': {
    ...STATUS,
    errorText: `${START}Set Session Privilege Level to ADMINISTRATOR failed${END}\nClose Session command failed`,
    means: { code: 'IPM-001' },
  },
  'all sessions taken': {
    ...STATUS,
    errorText: `${START}Error in open session response message : insufficient resources for session\n${END}`,
    means: { code: 'IPM-005' },
  },
  'a session as USER switches off': {
    command: 'chassis power off',
    exitCode: 1,
    errorText: `${START}Get HPM.x Capabilities request failed, compcode = d4
Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Insufficient privilege level
Discovered IPMB address 0x0
Set Chassis Power Control to Down/Off failed: Insufficient privilege level`,
    means: { code: 'IPM-006', command: 'chassis power off', privilege: 'ADMINISTRATOR' },
  },
  'the chassis program fails': {
    command: 'chassis power reset',
    exitCode: 1,
    errorText: `${SESSION}Set Chassis Power Control to Reset failed: Unspecified error`,
    means: { code: 'IPM-007', why: 'Unspecified error' },
  },
  'a command that the BMC does not have': {
    command: 'chassis power diag',
    exitCode: 1,
    errorText: `${SESSION}Set Chassis Power Control to Diag failed: Invalid data field in request`,
    means: { code: 'IPM-007', why: 'Invalid data field in request' },
  },
  'a boot device that is refused, with exit code 0': {
    command: 'chassis bootdev floppy',
    exitCode: 0,
    errorText: `${SESSION}Set Chassis Boot Parameter 5 failed: Unspecified error`,
    means: { code: 'IPM-007', command: 'chassis bootdev floppy', why: 'Unspecified error' },
  },
  'no FRU, and the reason on stdout': {
    command: 'fru print 0',
    exitCode: 1,
    errorText: SESSION,
    output:
      'FRU Device Description : Builtin FRU Device (ID 0)\n Device not present (Invalid data field in request)\n\n',
    means: { code: 'IPM-007', why: 'Device not present (Invalid data field in request)' },
  },
  'a name that nobody has': {
    ...STATUS,
    errorText: `${START}Address lookup for no-such-name.invalid failed\nCould not open socket!${END}`,
    means: { code: 'IPM-008' },
  },
  'something that sends back what it gets': {
    ...STATUS,
    errorText: `${START}Get Auth Capabilities error: Unknown (0x0E)
Error issuing Get Channel Authentication Capabilities request${END}`,
    means: { code: 'IPM-009' },
  },
  'a password of 21 bytes': {
    ...STATUS,
    errorText: 'lanplus: password is longer than 20 bytes.',
    means: { code: 'IPM-011', which: 'password', limit_bytes: 20 },
  },
  'a user of 17 bytes': {
    ...STATUS,
    errorText: 'Username is too long (> 16 bytes)',
    means: { code: 'IPM-011', which: 'user', limit_bytes: 16 },
  },
  'a BMC that starts up': {
    command: 'chassis power on',
    exitCode: 1,
    errorText: `${SESSION}Set Chassis Power Control to Up/On failed: Node busy`,
    means: { code: 'IPM-013', why: 'Node busy' },
  },
  'nothing at all': { ...STATUS, errorText: START, means: { code: 'IPM-010' } },
  'words that nobody knows': {
    ...STATUS,
    errorText: `${SESSION}the cat sat on the mat`,
    means: { code: 'IPM-010', text: 'the cat sat on the mat' },
  },
};

/** `sdr elist all` of a board with every kind of row; ipmi_sim says the first one. */
export const SENSOR_ROWS = `Intake           | 01h | ucr |  3.1 | 150 degrees C
CPU1 VCORE       | 20h | ok  |  3.1 | 0.98 Volts
FAN2             | 42h | ns  | 29.2 | No Reading
PS1 Status       | C8h | ok  | 10.1 | Presence detected
P1-DIMMA1        | B0h | ok  | 32.64 | Disabled
BMC              | 00h | ok  |  7.1 | Dynamic MC @ 20h
`;

/** `-c -Z sel elist` of ipmi_sim, with its clock not set and set. */
export const LOG_ROWS = [
  ['2', ' Pre-Init ', '0000023440', 'Temperature Intake', 'Upper Non-critical going high', 'Asserted', 'Reading 150'],
  ['a', '05/11/26', '12:58:41 GMT', 'Temperature Intake', 'Upper Critical going high', 'Deasserted', 'Reading 96'],
  ['c', '05/11/26', '12:58:42 UTC', 'Drive Slot / Bay #0x09', 'Drive Present', 'Asserted'],
  ['d', '05/11/26', '12:58:42 GMT', 'OEM record df', '040020', '0d096f00ffff'],
]
  .map((row) => `${row.join(',')}\n`)
  .join('');
