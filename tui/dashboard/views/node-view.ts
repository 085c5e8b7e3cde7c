import { chainOf, type ChainStage } from '../model/chain-facts.js';
import { machinesOf, type NodeFacts } from '../model/node-facts.js';
import { NODE_PANES, type NodePane } from '../model/ui.js';
import { whyOf } from '../model/why.js';
import { nodeJournal } from './journal-view.js';
import { fitLine, fitted, fittedRight, segment, type Line, type Size, type Tone } from './line.js';
import { imageText, WIDE } from './rack-view.js';
import type { Scene, Screenful } from './scene.js';
import { beside, listed, scrolled, titleLine } from './table.js';
import { instantText, spanText } from '../times.js';
import { whyLines } from './why-lines.js';

const TITLES: Readonly<Record<NodePane, string>> = {
  chain: 'boot chain',
  why: 'why is it not moving?',
  journal: 'its journal',
  console: 'serial console',
};

/** One node: its boot as a line of stages, why it is where it is, its journal and its console. */
export function nodeView(scene: Scene, { columns, rows }: Size): Screenful {
  const { ui, board, moment } = scene;
  const { node } = ui;
  if (node === null || machinesOf(moment.model, node).node === undefined) return gone(scene, { columns, rows });
  const facts = fitLine(factsLine(board.one(moment.model, node)), columns, scene.glyphs.more);
  const area = { columns, rows: rows - 1 };
  const panes = columns >= WIDE && rows >= 30 ? quarters(scene, node, area) : stacked(scene, node, area);
  return { ...panes, lines: [facts, ...panes.lines] };
}

/** Before the node was started, when looking at the past. */
function gone({ ui, glyphs }: Scene, { columns, rows }: Size): Screenful {
  const words = fitLine(
    [segment(`  at this moment there is no node ${ui.node ?? ''} yet`, 'faint')],
    columns,
    glyphs.more,
  );
  return { lines: [words, ...Array.from({ length: rows - 1 }, (): Line => [segment(' '.repeat(columns))])], lists: {} };
}

function factsLine(facts: NodeFacts): Line {
  const { id, world, power, node, place, boots } = facts;
  const target = place?.kind === 'lun' && place.target !== null ? `  target ${place.target}` : '';
  return [
    segment(`${id}  ${world.toUpperCase()}  power ${power}  `, 'head'),
    segment(node?.state ?? '', node === null || node.tone === 'idle' ? 'plain' : node.tone),
    segment(`  ${imageText(facts)}  boot ${boots}${target}`),
  ];
}

/** A small screen: the chain above, below it the pane that has the keys, or had them last. */
function stacked(scene: Scene, node: string, { columns, rows }: Size): Screenful {
  const { pane } = scene.ui;
  const chain = chainOf(scene.moment.model, node);
  const upper = Math.max(3, Math.min(chain.length + 1, rows - LEAST_LOWER));
  const lower = pane === 'chain' ? 'why' : pane;
  const top = paneOf(scene, node, { pane: 'chain', size: { columns, rows: upper } });
  const bottom = paneOf(scene, node, { pane: lower, size: { columns, rows: rows - upper } });
  return { lines: [...top.lines, ...bottom.lines], lists: { ...top.lists, ...bottom.lists } };
}

/** Rows of the lower pane, its title among them. */
const LEAST_LOWER = 7;

/** A large one: all four. */
function quarters(scene: Scene, node: string, { columns, rows }: Size): Screenful {
  const [left, right] = [Math.floor(columns / 2), columns - Math.floor(columns / 2) - 2];
  const upper = Math.max(14, Math.floor(rows * 0.45));
  const at = (pane: NodePane): Screenful => {
    const isAbove = pane === 'chain' || pane === 'why';
    const isLeft = pane === 'chain' || pane === 'journal';
    return paneOf(scene, node, {
      pane,
      size: { columns: isLeft ? left : right, rows: isAbove ? upper : rows - upper },
    });
  };
  const [chain, why, journal, console] = NODE_PANES.map(at);
  const side = (one: Screenful | undefined, other: Screenful | undefined): readonly Line[] =>
    beside(one?.lines ?? [], other?.lines ?? [], scene.glyphs);
  const lists = { ...chain?.lists, ...why?.lists, ...journal?.lists, ...console?.lists };
  return { lines: [...side(chain, why), ...side(journal, console)], lists };
}

interface Pane {
  readonly pane: NodePane;
  readonly size: Size;
}

function paneOf(scene: Scene, node: string, { pane, size }: Pane): Screenful {
  const { columns: width, rows } = size;
  const isFocused = scene.ui.pane === pane;
  const given = { height: rows - 1, width, isFocused };
  const { lines, facts } = CONTENTS[pane](scene, node, given);
  const note = pane === 'console' && scene.motion !== 'live' ? 'all of it, not only up to this moment' : '';
  return {
    lines: [titleLine(scene, TITLES[pane], { width, isFocused, note }), ...lines],
    lists: { [`node ${pane}`]: facts },
  };
}

interface Given {
  readonly height: number;
  readonly width: number;
  readonly isFocused: boolean;
}

const CONTENTS: Readonly<Record<NodePane, (scene: Scene, node: string, given: Given) => ReturnType<typeof listed>>> = {
  chain: (scene, node, given) => {
    const chain = chainOf(scene.moment.model, node);
    return listed(scene, {
      ...given,
      list: 'node chain',
      count: chain.length,
      row: (index) => {
        const stage = chain[index];
        return stage === undefined ? [] : stageLine(scene, stage);
      },
    });
  },
  why: (scene, node, given) => {
    const why = whyOf(scene.moment, node);
    const words = why === null ? [] : whyLines(why, scene.moment.now_ms, given.width);
    return scrolled(scene, { ...given, list: 'node why', count: words.length, row: (index) => words[index] ?? [] });
  },
  journal: nodeJournal,
  console: (scene, node, given) => {
    const text = scene.console(node) ?? ['no console was kept: this world has none, or the node wrote nothing'];
    return scrolled(scene, {
      ...given,
      list: 'node console',
      count: text.length,
      row: (index) => [segment(text[index] ?? '')],
    });
  },
};

const TONES: Readonly<Record<ChainStage['is'], Tone>> = {
  passed: 'good',
  unseen: 'faint',
  'at hand': 'busy',
  failed: 'bad',
  ahead: 'faint',
};

/** `● pxe.dhcp  0:00.867  0.1 s  usually 0.1 s  wire: DHCP discover` */
function stageLine({ glyphs, moment }: Scene, { stage, is, at, took_ms, usual, evidence }: ChainStage): Line {
  const { more } = glyphs;
  const signs = {
    passed: glyphs.passed,
    unseen: glyphs.unseen,
    'at hand': glyphs.atHand,
    failed: glyphs.failed,
    ahead: glyphs.ahead,
  };
  const lasted_ms = took_ms ?? (is === 'at hand' && at !== null ? Math.max(0, moment.now_ms - at) : null);
  const time = lasted_ms === null || is === 'unseen' ? '' : spanText(lasted_ms);
  const words = { passed: '', unseen: 'unseen', 'at hand': '', failed: 'FAILED ', ahead: 'to come' }[is];
  return [
    segment(`${signs[is]} ${fitted(stage, 15, more)}`, TONES[is]),
    segment(` ${fittedRight(at === null ? '' : instantText(at), 9, more)} `, 'faint'),
    segment(fittedRight(time, 7, more), is === 'at hand' ? 'busy' : 'plain'),
    segment(fitted(usual === null ? '' : ` of ${spanText(usual.ms)}`, 10, more), 'faint'),
    segment(` ${words}`, TONES[is]),
    segment(evidence ?? ''),
  ];
}
