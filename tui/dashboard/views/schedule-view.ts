import { wrapText } from '../../cli/command.js';
import { settled } from '../model/list-window.js';
import { rowsLeft, scheduleOf, type Schedule, type ScheduleRow, type Stay } from '../model/schedule.js';
import { sightOf, type Sight } from '../model/time-window.js';
import { placeIn } from '../model/ui.js';
import { spanText } from '../times.js';
import { fitLine, fitted, segment, type Glyphs, type Line, type Segment, type Size, type Tone } from './line.js';
import { WIDE } from './rack-view.js';
import type { Scene, Screenful } from './scene.js';
import { listed, titleLine } from './table.js';
import { scaleText, ticksOf } from './time-axis.js';

const DETAIL = 7;

export function scheduleIn({ moment, bookings, board }: Pick<Scene, 'moment' | 'bookings' | 'board'>): Schedule {
  const { planned } = board;
  const known = moment.model.names('node');
  const all = planned.length === 0 ? known : [...new Set([...planned, ...known])];
  return scheduleOf(moment, bookings(), all);
}

/** Nodes by time: who has each of them now, who had it and who will. */
export function scheduleView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, glyphs } = scene;
  const schedule = scheduleIn(scene);
  if (schedule.source === 'none')
    return { lines: filledUp(emptyLines(scene, schedule, width), rows, width), lists: {} };
  const left = rowsLeft(schedule, ui.filters.schedule ?? '');
  const sight = sightOf(schedule, ui.window);
  const name = width >= WIDE ? 20 : 11;
  const cells = width - name - 3;
  const track = { schedule, sight, cells };
  const { lines, facts } = listed(scene, {
    list: 'schedule',
    count: left.length,
    height: rows - 1 - DETAIL,
    width,
    keyAt: (index) => left[index]?.node ?? null,
    indexOf: (key) => left.findIndex(({ node }) => node === key),
    row: (index) => {
      const row = left[index];
      if (row === undefined) return [];
      return [segment(`${fitted(row.node, name, glyphs.more)} `), ...trackLine(row, track, glyphs)];
    },
    isFocused: true,
  });
  const chosen = left[settled(placeIn(ui, 'schedule'), facts).index];
  const head = [segment(`  ${fitted('NODE', name, '')} `, 'head'), ...axisLine(track, glyphs)];
  return {
    lines: [
      fitLine(head, width, glyphs.more),
      ...lines,
      titleLine(scene, titleOf(chosen), { width, note: noteOf(schedule, sight) }),
      ...filledUp(detailLines(schedule, chosen), DETAIL - 1, width),
    ],
    lists: { schedule: facts },
  };
}

interface Track {
  readonly schedule: Schedule;
  readonly sight: Sight;
  readonly cells: number;
}

function placeOf(at: number, { sight, cells }: Track): number {
  return Math.floor(((at - sight.from) / (sight.to - sight.from)) * cells);
}

/** Round times, and now. */
function axisLine(track: Track, glyphs: Glyphs): readonly Segment[] {
  const { schedule, sight, cells } = track;
  let text = ' '.repeat(cells);
  for (const tick of ticksOf(sight, cells, schedule.scale)) {
    const word = `${glyphs.bar}${tick.text}`;
    if (tick.place + word.length <= cells) text = over(text, tick.place, word);
  }
  const now = placeOf(schedule.now, track);
  if (now < 0 || now >= cells) return [segment(text, 'head')];
  const word = `${glyphs.atHand}now `.slice(0, cells - now);
  return [segment(text.slice(0, now), 'head'), segment(word, 'key'), segment(text.slice(now + word.length), 'head')];
}

function over(text: string, place: number, word: string): string {
  return text.slice(0, place) + word + text.slice(place + word.length);
}

interface Cell {
  readonly sign: string;
  readonly tone: Tone;
}

/** Bars from `[` to `]` with whose they are; `#` where several are too short to be told apart. */
function trackLine({ stays }: ScheduleRow, track: Track, glyphs: Glyphs): readonly Segment[] {
  const { schedule, sight, cells } = track;
  const now = placeOf(schedule.now, track);
  const row = Array.from({ length: cells }, (_, place): Cell => {
    return place === now ? { sign: glyphs.bar, tone: 'key' } : { sign: glyphs.unseen, tone: 'faint' };
  });
  let filled = -1;
  for (const stay of stays) {
    if (!stay.isHeld || stay.to <= sight.from || stay.from >= sight.to) continue;
    const begin = placeOf(stay.from, track);
    const end = Math.max(begin, placeOf(stay.to - 1, track));
    const text = barText(stay, end - begin + 1, glyphs);
    for (let place = Math.max(0, begin); place <= Math.min(end, cells - 1); place += 1) {
      const sign = text.charAt(place - begin);
      row[place] = place <= filled ? { sign: '#', tone: 'plain' } : { sign, tone: toneOf(stay) };
    }
    filled = Math.max(filled, end);
  }
  return joined(row);
}

function barText({ project, image, slot }: Stay, width: number, glyphs: Glyphs): string {
  if (width === 1) return glyphs.full;
  const words = [project, ...(image === null ? [] : [slot === null ? image : `${image}@${slot}`])].join(' ');
  const inner = width - 2;
  const word = words.length <= inner ? words : project;
  const text = word.length <= inner ? word : fitted(word, inner, glyphs.more);
  return `[${text.padEnd(inner, glyphs.gone)}]`;
}

function toneOf({ state }: Stay): Tone {
  if (state === 'active' || state === 'extending') return 'good';
  return state === 'over' || state === 'ending' ? 'faint' : 'busy';
}

/** Neighbours of one tone as one piece: a frame is drawn piece by piece. */
function joined(row: readonly Cell[]): readonly Segment[] {
  const pieces: Segment[] = [];
  for (const { sign, tone } of row) {
    const last = pieces.at(-1);
    if (last?.tone === tone) pieces[pieces.length - 1] = segment(last.text + sign, tone);
    else pieces.push(segment(sign, tone));
  }
  return pieces;
}

function titleOf(row: ScheduleRow | undefined): string {
  if (row === undefined) return 'no node matches';
  const held = row.stays.filter(({ isHeld }) => isHeld).length;
  return `${row.node}: ${held === 0 ? 'free' : held === 1 ? '1 reservation' : `${held} reservations`}`;
}

function noteOf({ source, directory, scale }: Schedule, { from, to }: Sight): string {
  const span = to - from;
  const shown = span < 172_800_000 ? spanText(span) : `${Math.round(span / 86_400_000)} days`;
  const where = source === 'store' ? `${directory}/` : "this run's journal";
  return `${shown} in sight, ${scale.kind === 'wall' ? `${scale.zone}, ` : ''}from ${where}`;
}

/** What is under way and to come, then what was, the latest first. */
function detailLines({ now, scale }: Schedule, row: ScheduleRow | undefined): readonly Line[] {
  if (row === undefined) return [];
  const isAhead = ({ to, isHeld }: Stay): boolean => isHeld && to > now;
  const ahead = row.stays.filter(isAhead);
  const past = row.stays.filter((stay) => !isAhead(stay)).toReversed();
  const lines = [...ahead, ...past].map((stay): Line => {
    const { reservation, state, project, image, slot, from, to, evicts, fault } = stay;
    const [begin, end] = [scaleText(from, scale), scaleText(to, scale)];
    const sameDay = scale.kind === 'wall' && begin.slice(0, 10) === end.slice(0, 10);
    const when = `${begin} to ${sameDay ? end.slice(11) : end}`;
    const what = image === null ? project : `${project}: ${image}`;
    const where = slot === null ? '' : `, slot ${slot}`;
    const gone = evicts === null ? '' : `, evicts ${evicts}`;
    const why = fault === null ? '' : `, ${fault}`;
    const words = `${reservation.padEnd(5)} ${state.padEnd(9)}`;
    return [segment(` ${words} `, toneOf(stay)), segment(`${when}  ${what}${where}${gone}`), segment(why, 'bad')];
  });
  const more = lines.length - (DETAIL - 1);
  if (more > 0)
    return [...lines.slice(0, DETAIL - 2), [segment(` and ${more + 1} more: metalrig reserve list --all`, 'faint')]];
  return lines.length > 0 ? lines : [[segment(' nobody has asked for it', 'faint')]];
}

function emptyLines({ moment, board }: Scene, { directory, trouble }: Schedule, width: number): readonly Line[] {
  const [node = 'NODE'] = board.planned.length > 0 ? board.planned : moment.model.names('node');
  const say = (words: string, tone: Tone = 'plain'): readonly Line[] =>
    wrapText(words, width - 2, '').map((row) => [segment(` ${row}`, tone)]);
  const none = `No reservation in this run's journal, and no schedule in ${directory}/.`;
  return [
    [segment(' no reservation', 'head')],
    [],
    ...(trouble === null ? say(none) : say(trouble, 'bad')),
    ...say('A reservation gives nodes to a project for a time. This makes one, and a schedule with it:'),
    [],
    [segment('   metalrig reserve add --site SITE --project PROJECT \\', 'key')],
    [segment(`     --nodes ${node} --from now --for 2h`, 'key')],
    [],
    ...say('Where the schedule lies in another directory: metalrig top --schedule DIRECTORY'),
    ...say('docs/reserving-nodes.md tells more.'),
  ];
}

function filledUp(lines: readonly Line[], rows: number, width: number): readonly Line[] {
  return Array.from({ length: rows }, (_, index) => fitLine(lines[index] ?? [], width, ''));
}
