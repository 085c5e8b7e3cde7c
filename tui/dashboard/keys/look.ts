import { moved, settled, type ListFacts } from '../model/list-window.js';
import {
  filteredList,
  listOf,
  NODE_PANES,
  placeIn,
  SORTS,
  type ListName,
  type ScreenName,
  type Ui,
} from '../model/ui.js';
import type { Look } from './table.js';

/** What the frame on the screen tells about its lists. */
export type Lists = Readonly<Partial<Record<ListName, ListFacts>>>;

/** What somebody sees who looks on in another way. */
export function looked(ui: Ui, look: Look, lists: Lists): Ui {
  switch (look) {
    case 'down':
    case 'up':
    case 'page down':
    case 'page up':
    case 'first':
    case 'last':
      return walked(ui, WALKS[look], lists);
    case 'rack':
    case 'images':
    case 'faults':
    case 'journal':
    case 'schedule':
    case 'builds':
    case 'wire':
      return toScreen(ui, look);
    case 'next pane':
      return turned(ui, 1);
    case 'previous pane':
      return turned(ui, -1);
    case 'out':
      return out(ui);
    case 'filter':
      return asking(ui);
    case 'command':
      return { ...ui, prompt: { kind: 'command', text: '', before: '' } };
    case 'help':
      return { ...ui, isHelping: !ui.isHelping, places: without(ui, 'help') };
    case 'sort':
      return { ...ui, sort: SORTS[(SORTS.indexOf(ui.sort) + 1) % SORTS.length] ?? 'order' };
    case 'reverse':
      return { ...ui, isReversed: !ui.isReversed };
    case 'ascii':
      return { ...ui, isAscii: !ui.isAscii };
  }
}

type Walk = (facts: ListFacts) => number;

const FAR = Number.MAX_SAFE_INTEGER;
const WALKS = {
  down: () => 1,
  up: () => -1,
  'page down': ({ height }) => Math.max(1, height - 1),
  'page up': ({ height }) => -Math.max(1, height - 1),
  first: () => -FAR,
  last: () => FAR,
} as const satisfies Partial<Record<Look, Walk>>;

function walked(ui: Ui, walk: Walk, lists: Lists): Ui {
  const list = listOf(ui);
  const facts = lists[list];
  if (facts === undefined) return ui;
  return { ...ui, places: { ...ui.places, [list]: moved(placeIn(ui, list), walk(facts), facts) } };
}

function without({ places }: Ui, list: ListName): Ui['places'] {
  return Object.fromEntries(Object.entries(places).filter(([name]) => name !== list));
}

/** Going to another screen is remembered, going round in circles is not. */
export function toScreen(ui: Ui, screen: ScreenName): Ui {
  if (screen === ui.screen) return { ...ui, isHelping: false };
  const came = screen === 'rack' ? [] : [...ui.came.filter((one) => one !== screen), ui.screen];
  return { ...ui, screen, came, isHelping: false, isInImage: false };
}

export function toImage(ui: Ui, image: string): Ui {
  const place = { index: 0, key: image, top: 0, isAtEnd: false };
  return { ...toScreen(ui, 'images'), places: { ...ui.places, images: place } };
}

export function toNode(ui: Ui, node: string): Ui {
  const fresh = { ...ui.places };
  if (node !== ui.node) for (const pane of NODE_PANES) delete fresh[`node ${pane}`];
  return { ...toScreen({ ...ui, places: fresh }, 'node'), node };
}

function turned(ui: Ui, by: 1 | -1): Ui {
  if (ui.screen === 'images') return { ...ui, isInImage: !ui.isInImage };
  const place = (NODE_PANES.indexOf(ui.pane) + by + NODE_PANES.length) % NODE_PANES.length;
  return { ...ui, pane: NODE_PANES[place] ?? 'chain' };
}

/** One thing at a time: the help, a pane, a filter, the screen. */
function out(ui: Ui): Ui {
  if (ui.isHelping) return { ...ui, isHelping: false };
  if (ui.isInImage) return { ...ui, isInImage: false };
  const list = filteredList(ui);
  if (list !== null && (ui.filters[list] ?? '') !== '') return { ...ui, filters: { ...ui.filters, [list]: '' } };
  const screen = ui.came.at(-1);
  return screen === undefined ? ui : { ...ui, screen, came: ui.came.slice(0, -1) };
}

function asking(ui: Ui): Ui {
  const turnedTo = ui.screen === 'node' ? { ...ui, pane: 'journal' as const } : ui;
  const list = filteredList(turnedTo);
  const before = list === null ? '' : (ui.filters[list] ?? '');
  return { ...turnedTo, isHelping: false, prompt: { kind: 'filter', text: before, before } };
}

/** The row that the keys are on. */
export function chosenIn(
  ui: Ui,
  list: ListName,
  lists: Lists,
): { readonly index: number; readonly key: string | null } | null {
  const facts = lists[list];
  if (facts === undefined || facts.count === 0) return null;
  return settled(placeIn(ui, list), facts);
}
