import { settled, type ListFacts } from '../model/list-window.js';
import type { NodeFacts, StateFacts } from '../model/node-facts.js';
import { placeIn } from '../model/ui.js';
import { whyOf } from '../model/why.js';
import { fitLine, type Line, type Size, type Tone } from './line.js';
import type { Scene, Screenful } from './scene.js';
import { headLine, listed, rowLine, titleLine, type Column } from './table.js';
import { isSlow, whyLines } from './why-lines.js';
import { spanText } from '../times.js';

/** From here on there is room for what is nice to know. */
export const WIDE = 120;
const TALL = 32;
const DETAIL = 14;
const LEAST_DETAIL = 7;

/** Every node of the rack, a row each; where there is room the chosen one explained below. */
export function rackView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, moment, rack, glyphs } = scene;
  const { sort, isReversed } = ui;
  const nodes = rack.rows(moment.model, { filter: ui.filters.rack ?? '', sort, isReversed });
  const detail = detailRows(rows, nodes.length);
  const columns = columnsOf(scene, width);
  const { lines, facts } = listed(scene, {
    list: 'rack',
    count: nodes.length,
    height: rows - 1 - detail,
    width,
    keyAt: (index) => nodes[index]?.id ?? null,
    indexOf: (key) => nodes.findIndex(({ id }) => id === key),
    row: (index) => {
      const node = nodes[index];
      return node === undefined ? [] : rowLine(columns, node, glyphs);
    },
    isFocused: true,
  });
  const chosen = facts.keyAt(chosenIndex(scene, facts));
  const table = [fitLine(headLine(columns, glyphs), width, glyphs.more), ...lines];
  return { lines: [...table, ...detailOf(scene, chosen, { columns: width, rows: detail })], lists: { rack: facts } };
}

/** On a tall screen always, on a small one where the nodes leave room. */
function detailRows(rows: number, nodes: number): number {
  const free = rows - 1 - nodes;
  if (rows >= TALL) return DETAIL;
  return free >= LEAST_DETAIL ? Math.min(DETAIL, free) : 0;
}

function chosenIndex({ ui }: Scene, facts: ListFacts): number {
  return settled(placeIn(ui, 'rack'), facts).index;
}

function detailOf(scene: Scene, node: string | null, { columns, rows }: Size): readonly Line[] {
  if (rows === 0) return [];
  const why = node === null ? null : whyOf(scene.moment, node);
  const title = why === null ? 'no node' : why.isMoving ? `${node}: why is it not moving?` : `${node}`;
  const words = why === null ? [] : whyLines(why, scene.moment.now_ms, columns - 2);
  const lines = [titleLine(scene, title, { width: columns }), ...words.slice(0, rows - 1)];
  const filled = [...lines, ...Array.from({ length: rows - lines.length }, (): Line => [])];
  return filled.map((line) => fitLine(line, columns, scene.glyphs.more));
}

type NodeColumn = Column<NodeFacts>;

function columnsOf(scene: Scene, width: number): readonly NodeColumn[] {
  const { glyphs, moment } = scene;
  const isWide = width >= WIDE;
  const time: NodeColumn = { title: 'FOR', width: 8, isRight: true, cell: (facts) => timeCell(scene, facts) };
  const usual: NodeColumn = {
    title: 'USUAL',
    width: 6,
    isRight: true,
    cell: ({ moving }) => {
      const known = moving === null ? null : moment.model.usual.of(moving.kind, moving.standing.state);
      return { text: known === null ? '' : spanText(known.ms), tone: 'faint' };
    },
  };
  const stage: NodeColumn = {
    title: 'STAGE',
    width: isWide ? 18 : 15,
    cell: ({ boot, stage: name }) => ({ text: `${stageSign(boot, glyphs)} ${name}`, tone: toneOf(boot) }),
  };
  const fault: NodeColumn = { title: 'FAULT', width: isWide ? 34 : 8, cell: (facts) => faultCell(facts, isWide) };
  const state: NodeColumn = {
    title: 'STATE',
    width: isWide ? 18 : 12,
    cell: ({ node }) => ({ text: node?.state ?? '', tone: toneOf(node) }),
  };
  const id: NodeColumn = { title: 'NODE', width: isWide ? 16 : 9, cell: (facts) => ({ text: facts.id }) };
  const power: NodeColumn = {
    title: 'PWR',
    width: 3,
    cell: ({ power: is }) => ({ text: is === 'unknown' ? '?' : is }),
  };
  const image: NodeColumn = { title: 'IMAGE', width: isWide ? 20 : 0, cell: (facts) => ({ text: imageText(facts) }) };
  if (!isWide) return [id, power, state, stage, time, usual, fault, image];
  const world: NodeColumn = { title: 'WORLD', width: 8, cell: (facts) => ({ text: facts.world.toUpperCase() }) };
  const task: NodeColumn = {
    title: 'DEPLOYMENT',
    width: 17,
    cell: ({ deployment }) => ({ text: deployment?.state ?? '', tone: toneOf(deployment) }),
  };
  const last: NodeColumn = {
    title: 'LAST SEEN',
    width: 0,
    cell: ({ lastSeen }) => ({ text: lastSeen ?? '', tone: 'faint' }),
  };
  return [id, world, power, state, stage, time, usual, image, task, fault, last];
}

function toneOf(state: StateFacts | null): Tone {
  return state === null || state.tone === 'idle' ? 'plain' : state.tone;
}

/** What a colour-blind eye, or a terminal without colours, reads the tone by. */
function stageSign(boot: StateFacts | null, glyphs: Scene['glyphs']): string {
  if (boot === null) return ' ';
  if (boot.tone === 'bad') return glyphs.failed;
  if (!boot.isAtRest) return glyphs.atHand;
  return boot.tone === 'good' ? glyphs.passed : glyphs.ahead;
}

function timeCell(
  { moment }: Scene,
  { moving, boot, node }: NodeFacts,
): { readonly text: string; readonly tone?: Tone } {
  const since = moving?.since ?? boot?.since ?? node?.since;
  if (since === undefined) return { text: '' };
  const waited_ms = Math.max(0, moment.now_ms - since);
  const usual = moving === null ? null : moment.model.usual.of(moving.kind, moving.standing.state);
  const isLong = isSlow(waited_ms, usual);
  return {
    text: `${spanText(waited_ms)}${isLong ? '!' : ' '}`,
    tone: isLong ? 'bad' : moving === null ? 'faint' : 'busy',
  };
}

/** `robots@2` is in slot 2, `robots@lun` is a LUN. */
export function imageText({ image, place }: NodeFacts): string {
  if (image === null) return '';
  if (place === null) return image;
  return `${image}@${place.kind === 'slot' ? place.slot : 'lun'}`;
}

function faultCell({ fault }: NodeFacts, isWide: boolean): { readonly text: string; readonly tone?: Tone } {
  if (fault === null) return { text: '' };
  const { code, kind } = fault.fault;
  const isOver = fault.endedAt !== null;
  if (!isWide) return { text: isOver ? '' : code, tone: 'bad' };
  return { text: `${code} ${kind}${isOver ? ' (over)' : ''}`, tone: isOver ? 'faint' : 'bad' };
}
