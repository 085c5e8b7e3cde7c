import { questionOf } from '../keys/operate.js';
import { isAct, keysOn, type Deed } from '../keys/table.js';
import { completions } from '../keys/commands.js';
import { filterOf } from '../model/filter.js';
import { filteredList, type ScreenName, type Ui } from '../model/ui.js';
import { buildsView } from './builds-view.js';
import { withChoices } from './choices-view.js';
import { faultsView } from './faults-view.js';
import { helpView } from './help-view.js';
import { imagesView } from './images-view.js';
import { journalView } from './journal-view.js';
import { knownOf } from './known.js';
import { fitLine, segment, type Line, type Segment, type Size } from './line.js';
import { nodeView } from './node-view.js';
import { rackView } from './rack-view.js';
import { scheduleView } from './schedule-view.js';
import { wireView } from './wire-view.js';
import type { Scene, Screenful } from './scene.js';
import { instantText } from '../times.js';

/** Below this a table is no table any more. */
export const LEAST: Size = { columns: 80, rows: 24 };

/** Header, crumbs; scrubber, message, footer. */
const AROUND = 5;

/** One whole frame, every line as wide as the terminal. */
export function frameOf(scene: Scene): Screenful {
  const { size, glyphs } = scene;
  const { columns, rows } = size;
  if (columns < LEAST.columns || rows < LEAST.rows) return tooSmall(size);
  const body = bodyOf(scene, { columns, rows: rows - AROUND });
  const lines = [
    headerLine(scene),
    crumbLine(scene),
    ...body.lines,
    scrubberLine(scene),
    messageLine(scene),
    footerLine(scene),
  ];
  return { lines: lines.map((line) => fitLine(line, columns, glyphs.more)), lists: body.lists };
}

function tooSmall({ columns, rows }: Size): Screenful {
  const [wanted, has] = [`${LEAST.columns}x${LEAST.rows}`, `${columns}x${rows}`];
  const wide = `metalrig top wants ${wanted}; this is ${has}. Make it larger; ^C quits.`;
  const words = ['metalrig top wants', `${wanted}; this is`, `${has}. Make it`, 'larger, or ^C quits.'];
  const lines = columns >= wide.length ? [wide] : words;
  const blank = segment(' '.repeat(columns));
  return {
    lines: Array.from({ length: rows }, (_, row) => fitLine([segment(lines[row] ?? ''), blank], columns, '')),
    lists: {},
  };
}

const VIEWS: Readonly<Record<ScreenName, (scene: Scene, area: Size) => Screenful>> = {
  rack: rackView,
  node: nodeView,
  images: imagesView,
  faults: faultsView,
  journal: journalView,
  schedule: scheduleView,
  builds: buildsView,
  wire: wireView,
};

function bodyOf(scene: Scene, area: Size): Screenful {
  const body = scene.ui.isHelping ? helpView(scene, area) : VIEWS[scene.ui.screen](scene, area);
  return withChoices(body, scene, area);
}

/** The world stands in every frame, and what time it is there. */
function headerLine({ moment, motion, speed, mayGrow, trouble, size }: Scene): Line {
  const { opening, verdict } = moment.model;
  const world = opening?.world ?? 'no run';
  const left: readonly Segment[] = [
    { text: ` ${world.toUpperCase()} `, tone: world === 'real' ? 'bad' : 'head', isMarked: true },
    segment(` ${opening?.scenario ?? 'nothing yet'}`, 'head'),
    segment(opening === null ? '' : `  seed ${opening.seed}`),
    segment(verdict === null ? '' : `  ${verdict.toUpperCase()}`, verdict === 'pass' ? 'good' : 'bad'),
    segment(trouble === null ? '' : `  ${trouble}`, 'bad'),
  ];
  const clock = world === 'sim' ? 'virtual time' : 'time';
  const ways = {
    playing: `playing x${speed}`,
    live: liveText(moment.model.pace),
    paused: mayGrow ? 'paused, in the past' : 'paused',
  };
  const how = ways[motion];
  const right = `${clock} ${instantText(moment.now_ms)}  ${how} `;
  const width = left.reduce((sum, { text }) => sum + text.length, 0);
  return [
    ...left,
    segment(' '.repeat(Math.max(1, size.columns - width - right.length))),
    segment(right, motion === 'live' ? 'good' : 'busy'),
  ];
}

/** A simulated rack's time goes by as it was told to. */
function liveText(pace: number): string {
  if (pace === 0) return 'live, time is held';
  return pace === 1 ? 'live' : `live x${pace}`;
}

function crumbLine(scene: Scene): Line {
  const { ui, size, moment } = scene;
  const at = ui.screen === 'node' ? `rack > ${ui.node ?? ''}` : ui.screen;
  const filter = filterIn(ui);
  const sort = ui.screen === 'rack' && ui.sort !== 'order' ? `  by ${ui.sort}${ui.isReversed ? ', reversed' : ''}` : '';
  const left = [segment(` ${at}`, 'key'), segment(filter === '' ? '' : `  /${filter}/`, 'busy'), segment(sort)];
  const right =
    ui.screen === 'rack' || ui.screen === 'node'
      ? countsText(scene)
      : `${moment.model.unexpected === 0 ? '' : `${moment.model.unexpected} unexpected  `}`;
  const width = left.reduce((sum, { text }) => sum + text.length, 0);
  return [...left, segment(' '.repeat(Math.max(1, size.columns - width - right.length))), segment(right)];
}

function filterIn(ui: Ui): string {
  const list = filteredList(ui);
  return list === null ? '' : (ui.filters[list] ?? '');
}

/** `4 nodes: 2 up, 1 moving, 1 failed, 0 off` */
function countsText({ rack, moment, ui }: Scene): string {
  const choice = { filter: ui.filters.rack ?? '', sort: ui.sort, isReversed: ui.isReversed };
  const { shown, up, moving, failed, off } = rack.counts(moment.model, choice);
  const all = moment.model.names('node').length;
  const nodes = shown === all ? `${all} ${all === 1 ? 'node' : 'nodes'}` : `${shown} of ${all} nodes`;
  return `${nodes}: ${up} up, ${moving} moving, ${failed} failed, ${off} off `;
}

/** Where in the journal the moment stands, with a mark for each fault. */
function scrubberLine({ moment, glyphs, size }: Scene): Line {
  const { log, model, now_ms } = moment;
  const label = ` entry ${model.seq} of ${log.length}  `;
  const end = ` ${instantText(log.endsAt)} `;
  const width = Math.max(10, size.columns - label.length - end.length);
  const cell = (at_ms: number): number => Math.min(width - 1, Math.floor((at_ms / Math.max(1, log.endsAt)) * width));
  const here = cell(now_ms);
  const faults = new Set(log.faults.map((seq) => cell(log.at(seq)?.at ?? 0)));
  const signs = Array.from({ length: width }, (_, place): Segment => {
    if (place === here) return { text: glyphs.atHand, tone: 'key' };
    if (faults.has(place)) return segment('!', 'bad');
    return segment(place < here ? glyphs.gone : glyphs.rule, 'faint');
  });
  return [segment(label), ...signs, segment(end)];
}

function messageLine(scene: Scene): Line {
  const { prompt, message } = scene.ui;
  if (prompt === null) return message === null ? [] : [segment(` ${message.text}`, message.isBad ? 'bad' : 'good')];
  const { kind, text } = prompt;
  const cursor: Segment = { text: ' ', tone: 'plain', isMarked: true };
  if (prompt.confirms !== undefined) return [segment(` ${questionOf(prompt.confirms)} ${text}`, 'bad'), cursor];
  if (kind === 'filter') return [segment(` /${text}`), cursor, segment(`  ${filterOf(text).problem ?? ''}`, 'faint')];
  const offers = completions(prompt.stem ?? text, knownOf(scene)).slice(0, 8);
  return [segment(` :${text}`), cursor, segment(`  ${offers.map(({ word }) => word).join('  ')}`, 'faint')];
}

/** Only keys that do something here and now, as many as there is room for. */
function footerLine({ ui, size, canOperate }: Scene): Line {
  if (ui.prompt !== null) return ui.prompt.kind === 'command' ? COMMAND_KEYS : PROMPT_KEYS;
  if (ui.isHelping) return HELP_KEYS;
  const isValid = (deed: Deed): boolean => {
    if (isAct(deed)) return canOperate;
    return deed !== 'out' || ui.came.length > 0 || filterIn(ui) !== '';
  };
  const valid = keysOn(ui.screen).filter(({ deed }) => isValid(deed));
  const words = valid.flatMap(({ shown, foot }) => (foot === null ? [] : [keyWord(shown, foot)]));
  let left = size.columns;
  return words.flatMap((word) => {
    left -= word.reduce((sum, { text }) => sum + text.length, 0);
    return left < 0 ? [] : word;
  });
}

function keyWord(shown: string, word: string): Line {
  return [segment(` ${shown}`, 'key'), segment(` ${word}`)];
}

const PROMPT_KEYS: Line = [...keyWord('Enter', 'do it'), ...keyWord('Esc', 'leave it'), ...keyWord('^U', 'clear')];
const COMMAND_KEYS: Line = [...PROMPT_KEYS, ...keyWord('Tab', 'complete')];
const HELP_KEYS: Line = [...keyWord('j k', 'scroll'), ...keyWord('? Esc', 'away')];
