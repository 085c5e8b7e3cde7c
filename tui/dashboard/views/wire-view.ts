import type { Broken } from '../model/model.js';
import {
  MINUTE,
  wireFacts,
  type Traffic,
  type WireFacts,
  type WireLine,
  type WireLines,
  type WireSource,
} from '../model/wire.js';
import { bytesText, instantText, spanText } from '../times.js';
import { fitLine, fitted, segment, type Glyphs, type Line, type Size } from './line.js';
import { WIDE } from './rack-view.js';
import type { Scene, Screenful } from './scene.js';
import { headLine, listed, rowLine, titleLine, type Column } from './table.js';

/** Frames that can be walked back through from the moment. */
const MOST_LINES = 400;
/** Read on between two frames of the screen: some ten ms. */
const READ_BYTES = 4 << 20;
/** What is broken on purpose by what becomes of frames; `wire.` and the services that answer on it. */
const ON_THE_WIRE = /^(?:wire|dhcp|boot-file|script)\.|^lun\.refuse$/;

/** What is sent on the wire: how much, by whom, what is broken there, and frame by frame. */
export function wireView(scene: Scene, size: Size): Screenful {
  const { wire } = scene;
  if (wire === null) return { lines: filledUp(noWireLines(scene, size), size), lists: {} };
  wire.advance(READ_BYTES);
  return captureView(scene, wire, size);
}

/** The last frames up to the moment that the filter lets through. */
export function framesIn({ wire, ui, moment }: Scene): WireLines {
  return wire?.lines(moment.now_ms, ui.filters.wire ?? '', MOST_LINES) ?? { lines: [], since_ms: null };
}

function captureView(scene: Scene, wire: WireSource, { columns: width, rows }: Size): Screenful {
  const { moment, glyphs } = scene;
  const facts = wireFacts(wire, moment.now_ms);
  const columns = columnsOf(scene, width);
  const shown = facts.talkers.slice(0, Math.max(3, Math.floor(rows / 2) - 5));
  const broken = brokenLines(scene);
  const head = [
    headLine(columns, glyphs),
    ...[facts.all, ...shown].map((traffic): Line => [segment('  '), ...rowLine(columns, traffic, glyphs)]),
    [segment(` ${lostText(facts)}${restText(facts, shown.length)}`, facts.lost > 0 ? 'busy' : 'faint')],
    ...broken,
  ].map((line) => fitLine(line, width, glyphs.more));
  const { lines: found, since_ms } = framesIn(scene);
  const list = listed(scene, {
    list: 'wire',
    count: found.length,
    height: rows - head.length - 1,
    width,
    row: (index) => {
      const line = found[index];
      return line === undefined ? [] : frameRow(line, width, glyphs);
    },
    isFocused: true,
  });
  const none = (scene.ui.filters.wire ?? '') === '' ? 'no frame' : 'no frame matches';
  const title = found.length === 0 ? none : found.length === 1 ? '1 frame' : `the last ${found.length} frames`;
  return {
    lines: [...head, titleLine(scene, title, { width, note: noteOf(wire, since_ms) }), ...list.lines],
    lists: { wire: list.facts },
  };
}

function noteOf(wire: WireSource, since_ms: number | null): string {
  const left_bytes = wire.left_bytes();
  if (left_bytes > 0) return `${wire.name}, ${bytesText(left_bytes)} of it not read yet`;
  const back = since_ms === null ? '' : `, back to ${instantText(since_ms)}${wire.isBusy() ? ' so far' : ''}`;
  return `${wire.name}${wire.isDamaged() ? ', damaged behind that' : ''}${back}`;
}

function columnsOf({ glyphs }: Scene, width: number): readonly Column<Traffic>[] {
  const isWide = width >= WIDE;
  const cells = isWide ? MINUTE : MINUTE / 4;
  return [
    { title: 'NODE', width: isWide ? 20 : 10, cell: ({ port }) => ({ text: port }) },
    { title: 'FRAMES/S', width: 8, isRight: true, cell: ({ frames }) => ({ text: `${frames}` }) },
    { title: 'SENT/S', width: 8, isRight: true, cell: ({ sent_bytes }) => ({ text: bytesText(sent_bytes) }) },
    { title: 'GOT/S', width: 8, isRight: true, cell: (traffic) => ({ text: gotText(traffic) }) },
    {
      title: 'LAST MINUTE',
      width: cells,
      cell: ({ minute }) => ({ text: sparkText(minute, cells, glyphs), tone: 'good' }),
    },
    { title: 'BYTES', width: 8, isRight: true, cell: ({ minute_bytes }) => ({ text: bytesText(minute_bytes) }) },
    { title: 'MOSTLY', width: 0, cell: (traffic) => ({ text: mostText(traffic, isWide), tone: 'faint' }) },
  ];
}

/** The highest of the row is the full height; a second in which anything was sent is seen. */
export function sparkText(values: readonly number[], cells: number, { spark }: Glyphs): string {
  const each = values.length / cells;
  const heights = Array.from({ length: cells }, (_, cell) => Math.max(...values.slice(cell * each, (cell + 1) * each)));
  const most = Math.max(1, ...heights);
  return heights.map((height) => spark[Math.ceil((height / most) * (spark.length - 1))] ?? '').join('');
}

/** What one has sent another has got. */
function gotText({ port, got_bytes }: Traffic): string {
  return port === 'all' ? '' : bytesText(got_bytes);
}

function mostText({ port, most }: Traffic, isWide: boolean): string {
  if (most === null) return '';
  if (port === 'all') return most.protocol;
  return `${most.protocol}${isWide ? ' with' : ''} ${most.with ?? 'all'}`;
}

function lostText({ all, lost }: WireFacts): string {
  const taken = lost === 0 ? 'none lost by a fault rule' : `${lost} LOST by fault rules`;
  return `${all.minute_frames} frames in the last minute, ${taken}`;
}

function restText({ talkers }: WireFacts, shown: number): string {
  return talkers.length > shown ? `; ${talkers.length - shown} more ports with less` : '';
}

function frameRow({ at_ms, from, to, text, isLost }: WireLine, width: number, { more }: Glyphs): Line {
  const name = width >= WIDE ? 16 : 8;
  const ends = `${fitted(from, name, more)} > ${fitted(to ?? 'all', name, more)} `;
  const lost = segment(isLost ? 'LOST ' : '', 'bad');
  return [segment(`${instantText(at_ms).padStart(10)} `, 'faint'), segment(ends), lost, segment(text, toneOf(text))];
}

/** What says that something is refused or cut. */
function toneOf(text: string): 'bad' | 'faint' | 'plain' {
  if (/refused|reset$|TFTP error|DHCP nak|HTTP\/1\.\d [45]/.test(text)) return 'bad';
  return /acknowledgement|bytes of the stream$|TFTP data|^HTTP \d+ bytes/.test(text) ? 'faint' : 'plain';
}

function brokenLines({ moment }: Scene): readonly Line[] {
  const active = brokenOnWire(moment.model.broken);
  if (active.length === 0) return [[segment(' nothing is broken on the wire on purpose', 'faint')]];
  return active.map(({ mishap, node, at }) => {
    const since = `since ${instantText(at)}, for ${spanText(moment.now_ms - at)}`;
    return [segment(` on purpose: ${mishap} of ${node}, ${since}`, 'bad')];
  });
}

function brokenOnWire(broken: readonly Broken[]): readonly Broken[] {
  return broken.filter(({ mishap, healedAt }) => healedAt === null && ON_THE_WIRE.test(mishap));
}

/** Stages of a boot that are passed on the network. */
const NETWORK_STAGE = /^(?:pxe|ipxe|iscsi)\./;

/** Of a rack without frames, what is known of its network. */
function noWireLines(scene: Scene, { columns: width, rows }: Size): readonly Line[] {
  const { moment, board, glyphs } = scene;
  const { model, now_ms } = moment;
  const isSim = (model.opening?.world ?? 'sim') === 'sim';
  const why = isSim
    ? 'The nodes of a simulated rack send no frames: there is no wire to look at.'
    : 'No capture of this run is at hand.';
  const talking: Line[] = [];
  for (const { id, boot } of board.all(model)) {
    if (boot === null || !NETWORK_STAGE.test(boot.state)) continue;
    const words = `${fitted(id, 16, glyphs.more)} ${fitted(boot.state, 14, '')}`;
    talking.push([segment(`  ${words} for ${spanText(now_ms - boot.since)}`)]);
    // More than there is room for is not drawn.
    if (talking.length >= rows) break;
  }
  const title = talking.length === 0 ? 'no node boots over the network now' : 'nodes that boot over the network now';
  return [
    [segment(` ${why}`, 'head')],
    [segment(isSim ? ' On an emulated rack every frame is counted and told: metalrig run SCENARIO --on emulated' : '')],
    [],
    ...brokenLines(scene),
    [],
    titleLine(scene, title, { width }),
    ...talking,
  ];
}

function filledUp(lines: readonly Line[], { columns, rows }: Size): readonly Line[] {
  return Array.from({ length: rows }, (_, index) => fitLine(lines[index] ?? [], columns, ''));
}
