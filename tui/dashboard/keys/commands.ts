import { SORTS } from '../model/ui.js';
import type { Request } from './operate.js';
import type { Deed } from './table.js';
import { ACT_COMMANDS } from './act-commands.js';

/** What a command does, once its words are read. */
export type Told =
  | { readonly does: 'deed'; readonly deed: Deed }
  | { readonly does: 'node'; readonly node: string }
  | { readonly does: 'seek'; readonly seq: number }
  | { readonly does: 'time'; readonly at_ms: number }
  | { readonly does: 'speed'; readonly speed: number }
  | { readonly does: 'filter'; readonly filter: string }
  | { readonly does: 'sort'; readonly sort: (typeof SORTS)[number] }
  | { readonly does: 'ask'; readonly request: Request }
  | { readonly does: 'nothing'; readonly why: string };

export interface TopCommand {
  readonly name: string;
  readonly usage: string;
  readonly says: string;
  /** Asks something of the rack: not offered where that can't be. */
  readonly isAct?: true;
  /** What its next word can be, by those before it. */
  readonly offers: (known: Known, words: readonly string[]) => readonly string[];
  /** What one of its words means, where that needs telling. */
  readonly explains?: (word: string) => string | null;
  readonly read: (word: string) => Told;
}

/** Names that a word may be of. */
export interface Known {
  readonly nodes: readonly string[];
  /** What can be broken about a node, and what was. */
  readonly mishaps: (node: string) => readonly string[];
  readonly broken: (node: string) => readonly string[];
  /** Whether anything can be asked of what is shown. */
  readonly canOperate: boolean;
}

const none = (): readonly string[] => [];

function plain(name: string, deed: Deed, says: string): TopCommand {
  return { name, usage: name, says, offers: none, read: () => ({ does: 'deed', deed }) };
}

/** Every command behind `:`. */
export const COMMANDS: readonly TopCommand[] = [
  plain('rack', 'rack', 'every node'),
  {
    name: 'node',
    usage: 'node NAME',
    says: 'one node',
    offers: ({ nodes }, words) => (words.length === 0 ? nodes : []),
    read: (word) => (word === '' ? { does: 'nothing', why: 'which node?' } : { does: 'node', node: word }),
  },
  plain('images', 'images', 'images on their way'),
  plain('faults', 'faults', 'faults, active and past'),
  plain('journal', 'journal', 'the journal'),
  plain('schedule', 'schedule', 'who has which node when'),
  plain('builds', 'builds', 'what was asked for, and how far it is'),
  plain('wire', 'wire', 'what is sent on the wire'),
  ...ACT_COMMANDS,
  {
    name: 'at',
    usage: 'at TIME',
    says: 'to that time: 12.5 (seconds), 1:30, 1:02:03.5',
    offers: none,
    read: (word) => {
      const at_ms = instantOf(word);
      return at_ms === null ? { does: 'nothing', why: 'a time is 12.5, 1:30 or 1:02:03.5' } : { does: 'time', at_ms };
    },
  },
  {
    name: 'entry',
    usage: 'entry NUMBER',
    says: 'to the moment of that entry',
    offers: none,
    read: (word) =>
      /^\d{1,12}$/.test(word) ? { does: 'seek', seq: Number(word) } : { does: 'nothing', why: 'an entry has a number' },
  },
  {
    name: 'speed',
    usage: 'speed N',
    says: 'play N times as fast as it happened, 1 to 1000',
    offers: (_, words) => (words.length === 0 ? ['1', '10', '100', '1000'] : []),
    read: (word) =>
      /^[1-9]\d{0,3}$/.test(word)
        ? { does: 'speed', speed: Number(word) }
        : { does: 'nothing', why: 'a speed is 1 to 1000' },
  },
  {
    name: 'filter',
    usage: 'filter REGEX',
    says: 'as / does',
    offers: none,
    read: (filter) => ({ does: 'filter', filter }),
  },
  {
    name: 'sort',
    usage: 'sort COLUMN',
    says: `the rack by ${SORTS.join(', ')}`,
    offers: (_, words) => (words.length === 0 ? SORTS : []),
    read: (word) => {
      const sort = SORTS.find((one) => one === word);
      return sort === undefined ? { does: 'nothing', why: `sort by ${SORTS.join(', ')}` } : { does: 'sort', sort };
    },
  },
  plain('play', 'play', 'play through the past, or stop'),
  plain('fault', 'next fault', 'to the next fault'),
  plain('live', 'end', 'to the end, and live where the run goes on'),
  plain('note', 'write down', 'write down this moment'),
  plain('ascii', 'ascii', 'ASCII signs only, and back'),
  plain('help', 'help', 'the keys'),
  plain('quit', 'leave', 'quit'),
];

/** A command by its name, or by what no other begins with. */
export function readCommand(text: string): Told {
  const [name = '', ...words] = text.trim().split(/\s+/);
  if (name === '') return { does: 'nothing', why: '' };
  const exact = COMMANDS.find((one) => one.name === name);
  const near =
    name === 'q' ? COMMANDS.filter((one) => one.name === 'quit') : COMMANDS.filter((one) => one.name.startsWith(name));
  const command = exact ?? (near.length === 1 ? near[0] : undefined);
  if (command !== undefined) return command.read(words.join(' '));
  if (near.length === 0) return { does: 'nothing', why: `there is no command ${name}; ? has them all` };
  return { does: 'nothing', why: `${name} is ${near.map((one) => one.name).join(' or ')}` };
}

/** One way to go on with a text. */
export interface Completion {
  /** The whole of it. */
  readonly text: string;
  /** Its last word, and what that does. */
  readonly word: string;
  readonly says: string;
}

/** What the text can be completed to, by its next word; none where nothing fits. */
export function completions(text: string, known: Known): readonly Completion[] {
  const words = text.trimStart().split(/\s+/);
  const [name = '', ...rest] = words;
  const commands = COMMANDS.filter(({ isAct }) => isAct !== true || known.canOperate);
  if (rest.length === 0) {
    return commands
      .filter((one) => one.name.startsWith(name))
      .map((one) => ({ text: one.name, word: one.name, says: one.says }));
  }
  const command = commands.find((one) => one.name === name);
  const [begun = ''] = rest.slice(-1);
  const offers = command?.offers(known, rest.slice(0, -1)) ?? [];
  const before = words.slice(0, -1).join(' ');
  return offers
    .filter((offer) => offer.startsWith(begun))
    .map((word) => ({ text: `${before} ${word}`, word, says: command?.explains?.(word) ?? '' }));
}

/** `12.5`, `1:30`, `1:02:03.5`: hours, minutes, seconds since the start, in ms. */
export function instantOf(text: string): number | null {
  const [, hours = '0', minutes = '0', seconds = ''] = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)\s*s?$/.exec(text) ?? [];
  if (seconds === '') return null;
  return Math.round(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000);
}
