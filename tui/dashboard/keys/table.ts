import type { Pan } from '../model/time-window.js';
import { SCREENS, type ScreenName } from '../model/ui.js';
import { ACTS, type Act } from './operate.js';

/** What changes nothing but the way one looks: `keys/look.ts` does it. */
export const LOOKS = [
  ...(['down', 'up', 'page down', 'page up', 'first', 'last'] as const),
  ...([
    'rack',
    'images',
    'faults',
    'journal',
    'schedule',
    'builds',
    'wire',
    'out',
    'next pane',
    'previous pane',
  ] as const),
  ...(['filter', 'command', 'help', 'sort', 'reverse', 'ascii'] as const),
] as const;
export type Look = (typeof LOOKS)[number];

/** What leads to another moment: `keys/travel.ts` does it. */
export const JOURNEYS = [
  ...(['play', 'faster', 'slower', 'start', 'end', 'step on', 'step back'] as const),
  ...(['stage on', 'stage back', 'next fault', 'previous fault'] as const),
] as const;
export type Journey = (typeof JOURNEYS)[number];

/** What a key does. */
export type Deed =
  | Look
  | Journey
  | Pan
  | 'in'
  | 'go there'
  | 'write down'
  | Act
  | 'redraw'
  | 'suspend'
  | 'quit'
  | 'leave';

export function isLook(deed: Deed): deed is Look {
  return LOOKS.some((one) => one === deed);
}

export function isJourney(deed: Deed): deed is Journey {
  return JOURNEYS.some((one) => one === deed);
}

export function isAct(deed: Deed): deed is Act {
  return ACTS.some((one) => one === deed);
}

export interface Key {
  /** As the terminal names them. */
  readonly names: readonly string[];
  /** As a person reads them. */
  readonly shown: string;
  readonly deed: Deed;
  readonly says: string;
  /** A word for the footer; null: it stands in the help alone. */
  readonly foot: string | null;
  /** Where it is valid; undefined: everywhere. */
  readonly on?: readonly ScreenName[];
}

/** Where `+` and `-` are the speed: a schedule is zoomed by them, and `:speed` is left. */
const PLAYING: readonly ScreenName[] = SCREENS.filter((screen) => screen !== 'schedule');

/** Every key there is. The help screen and the footer are this table. */
export const KEYS: readonly Key[] = [
  { names: ['?'], shown: '?', deed: 'help', says: 'this help, and away again', foot: 'help' },
  {
    names: ['q'],
    shown: 'q',
    deed: 'quit',
    says: 'quit; on the rack only, elsewhere Esc goes back',
    foot: 'quit',
    on: ['rack'],
  },
  {
    names: ['escape'],
    shown: 'Esc',
    deed: 'out',
    says: 'back: out of a pane, a filter, a screen',
    foot: 'back',
  },
  {
    names: ['enter', 'return'],
    shown: 'Enter',
    deed: 'in',
    says: 'in: to the node, into the image',
    foot: 'open',
    on: ['rack', 'images', 'faults', 'schedule', 'builds'],
  },
  {
    names: ['enter', 'return', 't'],
    shown: 'Enter t',
    deed: 'go there',
    says: 'to the moment of this entry',
    foot: 'go there',
    on: ['journal'],
  },
  { names: ['t'], shown: 't', deed: 'go there', says: 'to the moment of this fault', foot: 'go there', on: ['faults'] },
  { names: ['t'], shown: 't', deed: 'go there', says: 'to when it was asked for', foot: 'go there', on: ['builds'] },
  {
    names: ['enter', 'return', 't'],
    shown: 'Enter t',
    deed: 'go there',
    says: 'to the moment of this frame',
    foot: 'go there',
    on: ['wire'],
  },
  { names: ['tab'], shown: 'Tab', deed: 'next pane', says: 'the next pane', foot: 'pane', on: ['node', 'images'] },
  {
    names: ['S-tab'],
    shown: 'Shift-Tab',
    deed: 'previous pane',
    says: 'the pane before',
    foot: null,
    on: ['node', 'images'],
  },
  { names: ['/'], shown: '/', deed: 'filter', says: 'filter: a regular expression, !x for all but x', foot: 'filter' },
  { names: [':'], shown: ':', deed: 'command', says: 'a command, completed by Tab', foot: 'command' },
  {
    names: ['p'],
    shown: 'p',
    deed: 'power',
    says: 'power off a node that is on, on one that is off; asks before',
    foot: 'power',
    on: ['rack', 'node'],
  },
  {
    names: ['r'],
    shown: 'r',
    deed: 'cycle',
    says: 'restart a node: off, and on again; asks before',
    foot: 'restart',
    on: ['rack', 'node'],
  },
  {
    names: ['o'],
    shown: 'o',
    deed: 'boot',
    says: 'boot a node from network, disk, cdrom or usb; asks before',
    foot: 'boot',
    on: ['rack', 'node'],
  },
  {
    names: ['m'],
    shown: 'm',
    deed: 'maintain',
    says: 'a node into maintenance, asks why; one that is there is verified and given back',
    foot: 'maintain',
    on: ['rack', 'node'],
  },
  {
    names: ['v'],
    shown: 'v',
    deed: 'verify',
    says: "verify a node's BMC",
    foot: null,
    on: ['rack', 'node'],
  },
  {
    names: ['i'],
    shown: 'i',
    deed: 'inject',
    says: 'break something on purpose; asks before',
    foot: 'break',
    on: ['rack', 'node', 'faults'],
  },
  {
    names: ['h'],
    shown: 'h',
    deed: 'heal',
    says: 'heal what was broken on purpose',
    foot: 'heal',
    on: ['faults'],
  },
  { names: ['s'], shown: 's', deed: 'sort', says: 'sort by the next column', foot: 'sort', on: ['rack'] },
  { names: ['S', 'S-s'], shown: 'S', deed: 'reverse', says: 'sort the other way round', foot: null, on: ['rack'] },
  { names: ['1'], shown: '1', deed: 'rack', says: 'the rack: every node', foot: null },
  { names: ['2'], shown: '2', deed: 'images', says: 'images on their way', foot: null },
  { names: ['3'], shown: '3', deed: 'faults', says: 'faults, active and past', foot: null },
  { names: ['4'], shown: '4', deed: 'journal', says: 'the journal', foot: null },
  { names: ['5'], shown: '5', deed: 'schedule', says: 'who has which node when', foot: null },
  { names: ['6'], shown: '6', deed: 'builds', says: 'what was asked for, and how far it is', foot: null },
  { names: ['7'], shown: '7', deed: 'wire', says: 'what is sent on the wire', foot: null },
  { names: ['j', 'down'], shown: 'j Down', deed: 'down', says: 'down', foot: null },
  { names: ['k', 'up'], shown: 'k Up', deed: 'up', says: 'up', foot: null },
  { names: ['g', 'home'], shown: 'g Home', deed: 'first', says: 'to the first row', foot: null },
  { names: ['G', 'S-g', 'end'], shown: 'G End', deed: 'last', says: 'to the last row', foot: null },
  { names: ['pagedown', 'C-f', 'C-d'], shown: 'PgDn ^F', deed: 'page down', says: 'a page down', foot: null },
  { names: ['pageup', 'C-b', 'C-u'], shown: 'PgUp ^B', deed: 'page up', says: 'a page up', foot: null },
  { names: ['space'], shown: 'Space', deed: 'play', says: 'play through the past, or stop', foot: 'play' },
  { names: ['.', 'right'], shown: '. Right', deed: 'step on', says: 'an entry on', foot: null },
  { names: [',', 'left'], shown: ', Left', deed: 'step back', says: 'an entry back', foot: null },
  {
    names: [']'],
    shown: ']',
    deed: 'stage on',
    says: "a stage of a boot on; on a node's screen of that node",
    foot: 'stage',
  },
  { names: ['['], shown: '[', deed: 'stage back', says: 'a stage back', foot: null },
  {
    names: ['f'],
    shown: 'f',
    deed: 'next fault',
    says: 'to the next fault; past the last, to the first',
    foot: 'fault',
  },
  { names: ['F', 'S-f'], shown: 'F', deed: 'previous fault', says: 'to the fault before', foot: null },
  { names: ['+', '='], shown: '+', deed: 'closer', says: 'less time in sight', foot: 'zoom', on: ['schedule'] },
  { names: ['-'], shown: '-', deed: 'wider', says: 'more time in sight', foot: null, on: ['schedule'] },
  { names: ['h'], shown: 'h', deed: 'earlier', says: 'look at what was before', foot: 'earlier', on: ['schedule'] },
  { names: ['l'], shown: 'l', deed: 'later', says: 'look at what is to come', foot: 'later', on: ['schedule'] },
  { names: ['n'], shown: 'n', deed: 'now', says: 'look at the present again', foot: 'now', on: ['schedule'] },
  { names: ['+', '='], shown: '+', deed: 'faster', says: 'play faster, up to 1000 times', foot: null, on: PLAYING },
  { names: ['-'], shown: '-', deed: 'slower', says: 'play slower, down to as it happened', foot: null, on: PLAYING },
  { names: ['0'], shown: '0', deed: 'start', says: 'to the start', foot: null },
  { names: ['$'], shown: '$', deed: 'end', says: 'to the end, and live again where the run goes on', foot: null },
  {
    names: ['b'],
    shown: 'b',
    deed: 'write down',
    says: 'write down this moment; told again on quitting',
    foot: 'note',
  },
  { names: ['a'], shown: 'a', deed: 'ascii', says: 'ASCII signs only, and back', foot: null },
  { names: ['C-l'], shown: '^L', deed: 'redraw', says: 'draw the screen anew', foot: null },
  { names: ['C-z'], shown: '^Z', deed: 'suspend', says: 'to the shell; fg comes back', foot: null },
  { names: ['C-c'], shown: '^C', deed: 'leave', says: 'quit from anywhere', foot: null },
];

export function keysOn(screen: ScreenName): readonly Key[] {
  return KEYS.filter(({ on }) => on === undefined || on.includes(screen));
}

/** @returns undefined where the key means nothing here */
export function keyNamed(name: string, screen: ScreenName): Key | undefined {
  return keysOn(screen).find(({ names }) => names.includes(name));
}
