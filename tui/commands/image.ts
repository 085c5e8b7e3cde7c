import { RUN_OPTIONS } from '../run-plan.js';
import { ON_OPTION } from '../world-choice.js';
import { usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { addImage } from './image/add.js';
import { deployImage, takeOffImage } from './image/deploy.js';
import { exportImage } from './image/export.js';
import { listImages, removeImage, showImage } from './image/shelf.js';
import { verifyImages } from './image/verify.js';

/** What each verb takes behind it, and what it does. */
interface Verb {
  readonly usage: string;
  readonly takes: readonly [least: number, most: number];
  readonly run: (words: readonly string[], given: Given, io: Io) => Promise<number>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  add: { usage: 'PROJECT/NAME SOURCE', takes: [2, 2], run: addImage },
  list: { usage: '[PROJECT]', takes: [0, 1], run: listImages },
  show: { usage: 'PROJECT/NAME', takes: [1, 1], run: showImage },
  verify: { usage: '[PROJECT/NAME...]', takes: [0, Infinity], run: verifyImages },
  deploy: { usage: 'PROJECT/NAME', takes: [1, 1], run: deployImage },
  'take-off': { usage: 'PROJECT/NAME', takes: [1, 1], run: takeOffImage },
  export: { usage: 'PROJECT/NAME TARGET', takes: [2, 2], run: exportImage },
  remove: { usage: 'PROJECT/NAME', takes: [1, 1], run: removeImage },
};
const KNOWN = Object.keys(VERBS);

export const imageCommand: Command = {
  name: 'image',
  usage: `image ${KNOWN.join('|')} ...`,
  says:
    'Keeps images of disks and partitions on the shelf, as Clonezilla directories with checksums. ' +
    `${Object.entries(VERBS)
      .map(([name, verb]) => `${name} ${verb.usage}`)
      .join('; ')}.`,
  takes: [1, Infinity],
  options: {
    store: { type: 'string', value: 'DIR', says: 'the shelf; default METALRIG_STORE, else below XDG_DATA_HOME' },
    kind: { type: 'string', value: 'KIND[,KIND]', says: 'add: for root or mesh nodes; default both' },
    from: { type: 'string', value: 'WHAT', says: 'add: disk, partition or clonezilla; default what SOURCE looks like' },
    'no-boot': { type: 'boolean', says: 'add: shelve it without booting it once on the emulated rack' },
    compress: { type: 'string', value: 'HOW', says: 'add: zstd or gzip; default zstd' },
    split: {
      type: 'string',
      value: 'MB',
      says: 'add: cut files of partitions at so many 1,000,000 bytes; default not at all',
    },
    as: { type: 'string', value: 'WHAT', says: 'export: clonezilla or disk; default clonezilla' },
    site: { type: 'string', value: 'FILE', says: 'deploy, take-off: the site whose nodes the image is for' },
    nodes: { type: 'string', value: 'A,B', says: 'deploy, take-off: only these; default all that the image is for' },
    slot: { type: 'string', value: 'N', says: 'deploy: the slot of mesh nodes; default: the first free one' },
    failing: { type: 'string', value: 'POLICY', says: 'deploy: when a node fails: wait, go-on or give-up (default)' },
    reservation: { type: 'string', value: 'ID', says: 'deploy, take-off: its nodes, its slot, from its time on' },
    schedule: { type: 'string', value: 'DIR', says: 'deploy, take-off: the schedule; nodes of others are refused' },
    rack: { type: 'string', value: 'DIR', says: 'deploy, take-off: keeps an emulated rack, its disks and LUNs' },
    on: ON_OPTION,
    ...RUN_OPTIONS,
    partition: { type: 'string', value: 'DEVICE', says: 'export: only this partition, raw' },
  },
  run: (given, io) => {
    const [name = '', ...words] = given.positionals;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      throw usage(imageCommand, `there is no verb ${JSON.stringify(name)}; there are ${KNOWN.join(', ')}`);
    }
    const [least, most] = verb.takes;
    if (words.length < least || words.length > most) throw usage(imageCommand, `it takes ${name} ${verb.usage}`);
    return verb.run(words, given, io);
  },
};
