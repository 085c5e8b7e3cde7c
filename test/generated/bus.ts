import * as z from 'zod';
import { BUS_VERSION, FRAMES } from '../../core/bus/frame.js';
import { BEAT_MS } from '../../core/bus/hub.js';
import { TOPICS } from '../../core/bus/topics.js';

/** Who sends a frame, by which socket, and when. */
const SAYS: Readonly<Record<keyof typeof FRAMES, string>> = {
  hello: 'Component to engine: the first message, and again until there is a `welcome`.',
  welcome: 'Engine to component, for a `hello`.',
  letters:
    'Either way. Second part: a line for each letter, `{"topic": ..., "payload": ...}`, numbered from `first` on.',
  ack: 'The answer to `letters`, once they are on the disk; also for those that came before.',
  fetch: 'Component to engine: entries of the journal that it lacks.',
  entries:
    'For a `fetch`, and published as entries are written. Second part: a line an entry, as it stands in the journal;' +
    ' of many that were asked for only the first ones, so ask again. Nothing in it: there are none.',
  listen: "Component to engine: what a node's console says, again and again as long as it is of interest.",
  console:
    'For a `listen`. Second part: the bytes from `from` on, as Latin-1; of many only the first ones, so ask again.' +
    ' A `size` below what was heard already: it is another recording, ask for `null`.',
  beat: `Published every ${BEAT_MS} ms: whoever lacks \`last\` missed something.`,
  bad: 'What came was no message, or nobody answers it: nothing was done.',
};

/** For components in other languages. */
export function busPage(): string {
  return [...OPENING, ...framesPart(), ...topicsPart(), ''].join('\n');
}

const OPENING = [
  '# What do components say to each other?',
  '',
  `Version ${BUS_VERSION} of the bus. Generated from \`core/bus\`; do not edit. A client of 60 lines in Python is`,
  '`test/drivers/zmq-bus/client.py`.',
  '',
  '## Sockets',
  '',
  'ZeroMQ (ZMTP 3.1). A bus has one address; a component connects to two of its four sockets.',
  '',
  '| socket | of the engine | of a component | on `ipc://FOLDER` | on `tcp://HOST:PORT` | key needed |',
  '|---|---|---|---|---|---|',
  '| watch | ROUTER | DEALER | `ipc://FOLDER/watch` | PORT | watch |',
  '| operate | ROUTER | DEALER | `ipc://FOLDER/operate` | PORT + 1 | operate |',
  '| admin | ROUTER | DEALER | `ipc://FOLDER/admin` | PORT + 2 | admin |',
  '| events | PUB | SUB, to everything | `ipc://FOLDER/events` | PORT + 3 | watch |',
  '',
  'A message is one or two parts of UTF-8. The first is a frame, a JSON object with its `kind`; members that are not',
  'listed here are left alone.',
  '',
  'With keys all sockets speak CURVE: files as CZMQ and pyzmq write them (`metalrig keys`). A key that the rack does',
  'not know, or that is not good for the socket, does not get through the handshake.',
  '',
  '## Rules',
  '',
  '1. **Letters** are never lost and never taken twice. The sender numbers them from 1 in a stream whose name nobody',
  '   else ever had (a UUID does), keeps those that are not acknowledged, and sends all of them again, from the first',
  '   one, when 250 ms go by without progress. At most 4,096 are under way.',
  '2. The receiver writes down a letter whose number follows the last one it knows of that stream, leaves out all',
  '   others, and sends an `ack` for either, once all it says is on its disk. A letter that it refuses is written down',
  '   as well.',
  '3. **Entries** may be lost on the way to a watcher that is slow. It knows by their numbers, which have no gap, and',
  '   by `beat`, and fetches what it lacks. Another `journal` than before: start again at 1.',
  '4. Whatever cannot be understood is counted and answered `bad`.',
  '',
];

function framesPart(): readonly string[] {
  const rows = Object.entries(FRAMES).flatMap(([kind, schema]) => [
    `### \`${kind}\``,
    '',
    SAYS[kind as keyof typeof FRAMES],
    '',
    ...fieldRows(schema),
  ]);
  return ['## Frames', '', ...rows];
}

function topicsPart(): readonly string[] {
  const rows = Object.entries(TOPICS).flatMap(([topic, { way, needs, says, payload }]) => [
    `### \`${topic}\``,
    '',
    `${says} Goes ${way}; needs a key that may ${needs}.`,
    '',
    ...fieldRows(payload),
  ]);
  return ['## Topics of letters', '', ...rows];
}

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly pattern?: string;
}

function fieldRows(schema: z.ZodType): readonly string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as Shape;
  const rows = Object.entries(properties).map(
    ([name, shape]) => `| \`${name}\` | ${typeOf(shape)} | ${shape.description ?? ''} |`,
  );
  return rows.length === 0 ? ['It carries `{}`.', ''] : ['| member | is | |', '|---|---|---|', ...rows, ''];
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (shape.anyOf !== undefined) return shape.anyOf.map(typeOf).join(' or ');
  if (shape.items !== undefined) return `array of ${typeOf(shape.items)}`;
  if (shape.pattern !== undefined) return `text like \`${shape.pattern.replaceAll('|', '\\|')}\``;
  if (shape.properties !== undefined) return `object of ${Object.keys(shape.properties).join(', ')}`;
  return shape.type ?? 'anything';
}
