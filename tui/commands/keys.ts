import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROLES, type Role } from '../../core/bus/role.js';
import { KEY_NAME } from '../../drivers/zmq-bus/key-file.js';
import { Keychain } from '../../drivers/zmq-bus/keychain.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';

interface Verb {
  readonly usage: string;
  /** How many words it takes behind it. */
  readonly takes: 0 | 1;
  readonly run: (keychain: Keychain, name: string, given: Given) => Promise<Told>;
}

/** The result as data, and in words. Never anything secret, in either. */
interface Told {
  readonly data: object;
  readonly lines: readonly string[];
}

const VERBS: Readonly<Record<string, Verb>> = {
  init: { usage: '', takes: 0, run: init },
  add: { usage: 'NAME', takes: 1, run: add },
  list: { usage: '', takes: 0, run: list },
  revoke: { usage: 'NAME', takes: 1, run: revoke },
};
const KNOWN = Object.keys(VERBS);

export const keysCommand: Command = {
  name: 'keys',
  usage: `keys ${KNOWN.join('|')} [NAME]`,
  says:
    'Keeps the keys by which others reach a rack. init makes those of the rack itself, add one for a person or a ' +
    'program, in a file of its own to be handed over; revoke takes it back, and whoever is in by it is sent away.',
  takes: [1, 2],
  options: {
    role: { type: 'string', value: 'ROLE', says: `add: ${ROLES.join(', ')}; each may all before it. Default watch` },
    dir: { type: 'string', value: 'DIR', says: 'the folder; default METALRIG_KEYS, else below XDG_CONFIG_HOME' },
  },
  run: async (given, io) => {
    const [name = '', word = '', ...more] = given.positionals;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      throw usage(keysCommand, `there is no verb ${JSON.stringify(name)}; there are ${KNOWN.join(', ')}`);
    }
    if (more.length > 0 || (word === '') !== (verb.takes === 0)) {
      throw usage(keysCommand, `it takes ${`${name} ${verb.usage}`.trimEnd()}`);
    }
    tell(await verb.run(new Keychain(keysFolder(given.text('dir'))), word, given), given, io);
    return EXIT.ok;
  },
};

/** @see XDG Base Directory Specification 0.8: a relative path there is to be ignored */
export function keysFolder(asked: string | undefined): string {
  const { METALRIG_KEYS: keys = '', XDG_CONFIG_HOME: config = '' } = process.env;
  if (asked !== undefined && asked !== '') return asked;
  if (keys !== '') return keys;
  return join(config.startsWith('/') ? config : join(homedir(), '.config'), 'metalrig', 'keys');
}

async function init(keychain: Keychain): Promise<Told> {
  await keychain.init();
  const { folder } = keychain;
  return { data: { type: 'keys', folder }, lines: [`made the rack's keys in ${folder}`] };
}

async function add(keychain: Keychain, name: string, given: Given): Promise<Told> {
  const role = roleOf(given.text('role') ?? 'watch');
  if (!KEY_NAME.test(name))
    throw usage(keysCommand, 'a NAME is lower-case letters, digits, dots, hyphens, underscores');
  const file = await keychain.add(name, role);
  const lines = [`${name} may ${role}: give it ${file}, by a way that nobody else reads`];
  return { data: { type: 'key', name, role, file }, lines };
}

async function list(keychain: Keychain): Promise<Told> {
  const keys = keychain.list();
  const width = Math.max(0, ...keys.map(({ name }) => name.length));
  const lines = keys.map(({ name, role }) => `${name.padEnd(width)}  ${role}`);
  return { data: { type: 'keys', folder: keychain.folder, keys }, lines: lines.length > 0 ? lines : ['no keys yet'] };
}

async function revoke(keychain: Keychain, name: string): Promise<Told> {
  keychain.revoke(name);
  return { data: { type: 'revoked', name }, lines: [`${name} is not let in any more`] };
}

function roleOf(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (role === undefined) throw usage(keysCommand, `--role takes ${ROLES.join(', ')}, not ${JSON.stringify(text)}`);
  return role;
}

function tell({ data, lines }: Told, given: Given, io: Io): void {
  io.out(given.flag('json') ? `${JSON.stringify(data)}\n` : `${lines.join('\n')}\n`);
}
