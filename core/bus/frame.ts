import * as z from 'zod';
import { remedy, says, type Fault } from '../faults/fault.js';
import { nodeName } from '../site/formats.js';
import { problemOf } from './letter.js';
import { ROLES } from './role.js';

/** A change of a frame or of what it means makes it 2. */
export const BUS_VERSION = 1;

/**
 * A message as it travels: text parts. The first is a frame as JSON; `entries` and `letters` have a second, one JSON
 * document a line, so that a journal's lines are passed on as they were written; that of `console` is text.
 */
export type Parts = readonly string[];

const count = z.int().min(0);
const number = z.int().min(1);
const stream = z.string().regex(/^[A-Za-z0-9._>-]{1,128}$/, 'a stream: up to 128 letters, digits, dots, hyphens');
const journal = z.string().min(1).max(128).describe('names the journal: another one, another name');
const fault = z
  .looseObject({ code: z.string(), kind: z.string() })
  .describe('one of docs/generated/faults.md')
  .transform((value) => faultFrom(value));

export const FRAMES = {
  hello: z.looseObject({
    kind: z.literal('hello'),
    version: z.int().describe(`${BUS_VERSION}`),
    component: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'a name: up to 64 letters, digits, dots, hyphens'),
  }),
  welcome: z.looseObject({
    kind: z.literal('welcome'),
    version: z.int(),
    journal,
    last: count.describe('number of the newest entry'),
    role: z.enum(ROLES).describe('what this socket may'),
  }),
  letters: z.looseObject({
    kind: z.literal('letters'),
    stream,
    first: number.describe('number of the first letter; those behind it follow without a gap'),
    heard: count.describe('the sender has heard that everything up to here is acknowledged'),
  }),
  ack: z.looseObject({
    kind: z.literal('ack'),
    stream,
    upTo: count.describe('every letter up to here is written down'),
    refused: z.array(z.looseObject({ seq: number, fault })).describe('those of them that nothing is done about'),
  }),
  fetch: z.looseObject({ kind: z.literal('fetch'), from: number, to: number.describe('both ends included') }),
  entries: z.looseObject({
    kind: z.literal('entries'),
    journal,
    first: number.describe('number of the entry in the first line'),
    last: count.describe('number of the newest entry of the journal'),
  }),
  listen: z.looseObject({
    kind: z.literal('listen'),
    node: nodeName,
    from: count.nullable().describe('the first byte that is wanted; null: the last of it'),
  }),
  console: z.looseObject({
    kind: z.literal('console'),
    journal,
    node: nodeName,
    from: count.describe('the first byte that is here'),
    size: count.describe('bytes that there are in all'),
  }),
  beat: z.looseObject({ kind: z.literal('beat'), journal, last: count }),
  bad: z.looseObject({ kind: z.literal('bad'), fault }),
} as const;

export type FrameKind = keyof typeof FRAMES;
export type FrameOf<K extends FrameKind> = z.infer<(typeof FRAMES)[K]>;

/** A frame and the lines of its second part. */
export type Frame = {
  readonly [K in FrameKind]: { readonly head: FrameOf<K>; readonly lines: readonly string[] };
}[FrameKind];

const kinded = z.looseObject({ kind: z.string() });
const MOST_PARTS = 2;

export function encode<K extends FrameKind>(head: FrameOf<K> & { readonly kind: K }, lines?: readonly string[]): Parts {
  const text = JSON.stringify(head);
  return lines === undefined ? [text] : [text, lines.join('\n')];
}

/** @returns the frame, or the fault to answer; never throws, whatever came */
export function decode(parts: Parts): Frame | Fault {
  const [text = '', body] = parts;
  if (parts.length < 1 || parts.length > MOST_PARTS) return bad(`it has ${parts.length} parts`);
  const value = jsonOf(text);
  const named = kinded.safeParse(value);
  if (!named.success) return bad('its first part is no JSON object with a kind');
  const { kind } = named.data;
  if (!Object.hasOwn(FRAMES, kind)) return bad(`there is no kind ${JSON.stringify(kind.slice(0, 64))}`);
  const read = FRAMES[kind as FrameKind].safeParse(value);
  if (!read.success) return bad(`${kind}: ${problemOf(read.error)}`);
  const lines = body === undefined || body === '' ? [] : body.split('\n');
  // The kind chose the schema that made the head.
  return { head: read.data, lines } as Frame;
}

export function isFault(value: object): value is Fault {
  return 'code' in value;
}

/** The document in a text; undefined where there is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A fault as somebody else told it: another release may have some that this one can't put into words. */
function faultFrom(value: { readonly code: string; readonly kind: string }): Fault {
  // Whether it is one is found out by trying: its row has to find all its facts.
  const fault = value as Fault;
  try {
    return `${says(fault)}${remedy(fault)}` === '' ? bad(value.code) : fault;
  } catch {
    return bad(`fault ${value.code.slice(0, 16)} (${value.kind.slice(0, 64)}) is of another release`);
  }
}

function bad(what: string): Fault {
  return { code: 'BUS-001', kind: 'message.bad', what };
}
