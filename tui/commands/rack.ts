import { ROLES } from '../../core/bus/role.js';
import { usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { rackDown } from './rack/down.js';
import { rackStatus } from './rack/status.js';
import { tellRack } from './rack/tell.js';
import { rackUp } from './rack/up.js';

interface Verb {
  readonly usage: string;
  readonly takes: readonly [least: number, most: number];
  readonly run: (words: readonly string[], given: Given, io: Io) => Promise<number>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  up: { usage: 'SITE', takes: [1, 1], run: rackUp },
  status: { usage: '[NAME]', takes: [0, 1], run: rackStatus },
  tell: { usage: 'NAME TOPIC PAYLOAD', takes: [3, 3], run: tellRack },
  down: { usage: '[NAME]', takes: [0, 1], run: rackDown },
};
const KNOWN = Object.keys(VERBS);

export const rackCommand: Command = {
  name: 'rack',
  usage: `rack ${KNOWN.join('|')} ...`,
  says:
    'Keeps a rack up in the background: it goes on where it was killed, is asked by status and tell and ended by ' +
    'down. The nodes of a simulated rack are switched on; those of an emulated one wait until somebody switches them ' +
    'on, by tell or as other software does, over the BMCs and PDUs whose addresses are printed. ' +
    `${Object.entries(VERBS)
      .map(([name, verb]) => `${name} ${verb.usage}`)
      .join('; ')}. NAME is that of its site, or its site file.`,
  takes: [1, 4],
  options: {
    on: { type: 'string', value: 'WORLD', says: 'up: sim or emulated; default: what the site says' },
    seed: { type: 'string', value: 'N', says: 'up: seed of all chance; default 1' },
    pace: { type: 'string', value: 'N', says: 'up, sim: so many times as fast as a clock; default 1' },
    foreground: { type: 'boolean', says: 'up: stay, for service managers; after SIGTERM up goes on' },
    listen: { type: 'string', value: 'ADDRESS', says: 'up: tcp://HOST:PORT as well, for those who have keys' },
    keys: { type: 'string', value: 'DIR', says: 'up: the folder of keys; default as metalrig keys' },
    to: { type: 'string', value: 'ADDRESS', says: 'status, tell: a rack elsewhere, at tcp://HOST:PORT' },
    key: { type: 'string', value: 'FILE', says: `status, tell: the key that may ${ROLES.join(', ')} there` },
  },
  run: (given, io) => {
    const [name = '', ...words] = given.positionals;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      throw usage(rackCommand, `there is no verb ${JSON.stringify(name)}; there are ${KNOWN.join(', ')}`);
    }
    const [least, most] = verb.takes;
    if (words.length < least || words.length > most) throw usage(rackCommand, `it takes ${name} ${verb.usage}`);
    return verb.run(words, given, io);
  },
};
