import type { Confirmation } from '../keys/operate.js';
import { AROUND_NOW, type TimeWindow } from './time-window.js';

/** What the whole screen is for. */
export const SCREENS = ['rack', 'node', 'images', 'faults', 'journal', 'schedule', 'builds', 'wire'] as const;
export type ScreenName = (typeof SCREENS)[number];

/** The panes of a node's screen, in the order of Tab. */
export const NODE_PANES = ['chain', 'why', 'journal', 'console'] as const;
export type NodePane = (typeof NODE_PANES)[number];

/** Everything that can be walked through row by row. */
export type ListName = Exclude<ScreenName, 'node'> | 'image nodes' | `node ${NodePane}` | 'help';

/** Where somebody stands in a list. */
export interface Place {
  readonly index: number;
  /** What stands there; null: the index counts. */
  readonly key: string | null;
  /** The first row that is shown. */
  readonly top: number;
  /** Stays with the last row as more come. */
  readonly isAtEnd: boolean;
}

export const SORTS = ['order', 'name', 'state', 'stage', 'time', 'image', 'fault'] as const;
export type Sort = (typeof SORTS)[number];

export interface Prompt {
  readonly kind: 'filter' | 'command' | 'confirm';
  readonly text: string;
  /** What stood there before, to go back to. */
  readonly before: string;
  /** What was typed, while one of the ways to go on with it is chosen by arrows. */
  readonly stem?: string | null;
  /** What is done once it is confirmed. */
  readonly confirms?: Confirmation;
}

export interface Message {
  readonly text: string;
  readonly isBad: boolean;
}

/** All that a person has chosen: plain data, changed by keys alone. */
export interface Ui {
  readonly screen: ScreenName;
  /** The screens on the way here, to go back by. */
  readonly came: readonly ScreenName[];
  /** Whose screen `node` is. */
  readonly node: string | null;
  readonly pane: NodePane;
  /** The lower pane of the images' screen has the keys. */
  readonly isInImage: boolean;
  readonly places: Readonly<Partial<Record<ListName, Place>>>;
  readonly filters: Readonly<Partial<Record<ListName, string>>>;
  /** What of the schedule is in sight. */
  readonly window: TimeWindow;
  readonly sort: Sort;
  readonly isReversed: boolean;
  readonly isHelping: boolean;
  readonly prompt: Prompt | null;
  readonly message: Message | null;
  readonly isAscii: boolean;
  /** Moments that were written down. */
  readonly noted: readonly string[];
}

export const FRESH: Ui = {
  screen: 'rack',
  came: [],
  node: null,
  pane: 'chain',
  isInImage: false,
  places: {},
  filters: {},
  window: AROUND_NOW,
  sort: 'order',
  isReversed: false,
  isHelping: false,
  prompt: null,
  message: null,
  isAscii: false,
  noted: [],
};

const START: Place = { index: 0, key: null, top: 0, isAtEnd: false };
const END: Place = { index: 0, key: null, top: 0, isAtEnd: true };
/** Lists whose news come last. */
const NEWEST_LAST: readonly ListName[] = ['journal', 'wire', 'node journal', 'node console'];

export function placeIn({ places }: Ui, list: ListName): Place {
  return places[list] ?? (NEWEST_LAST.includes(list) ? END : START);
}

/** The list that keys walk through. */
export function listOf({ screen, pane, isHelping, isInImage }: Ui): ListName {
  if (isHelping) return 'help';
  if (screen === 'node') return `node ${pane}`;
  return screen === 'images' && isInImage ? 'image nodes' : screen;
}

/** Which list a filter is of: that of the screen, wherever the keys are. */
export function filteredList({ screen, pane }: Ui): ListName | null {
  if (screen !== 'node') return screen;
  return pane === 'journal' ? 'node journal' : null;
}

export function filteredBy(ui: Ui, filter: string): Ui {
  const list = filteredList(ui);
  return list === null ? ui : { ...ui, filters: { ...ui.filters, [list]: filter } };
}
