import { allImages, LIFECYCLE, type ImageFacts } from '../model/image-facts.js';
import { settled } from '../model/list-window.js';
import { placeIn } from '../model/ui.js';
import { filterOf } from '../model/filter.js';
import { whyOfImage } from '../model/why.js';
import { fitLine, fitted, segment, type Line, type Size, type Tone } from './line.js';
import { WIDE } from './rack-view.js';
import type { Scene, Screenful } from './scene.js';
import { headLine, listed, rowLine, scrolled, titleLine, type Column } from './table.js';
import { instantText, spanText } from '../times.js';
import { whyLines } from './why-lines.js';

/** The board of images: how far each is on its way from the shelf to a running fleet, and the chosen one in detail. */
export function imagesView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, glyphs, moment } = scene;
  const { test } = filterOf(ui.filters.images ?? '');
  const images = allImages(moment.model).filter(({ name, project, state }) =>
    test(`${name} ${project} ${state.state}`),
  );
  const columns = columnsOf(scene, width);
  const upper = Math.max(3, Math.min(images.length + 2, Math.floor(rows / 2)));
  const board = listed(scene, {
    list: 'images',
    count: images.length,
    height: upper - 1,
    width,
    keyAt: (index) => images[index]?.name ?? null,
    indexOf: (key) => images.findIndex(({ name }) => name === key),
    row: (index) => {
      const image = images[index];
      return image === undefined ? [] : rowLine(columns, image, glyphs);
    },
    isFocused: !ui.isInImage,
  });
  const chosen = images[settled(placeIn(ui, 'images'), board.facts).index];
  const title = chosen === undefined ? noImages(scene) : `${chosen.name} of ${chosen.project}`;
  const words = chosen === undefined ? [] : detailLines(scene, chosen, width);
  const detail = scrolled(scene, {
    list: 'image nodes',
    count: words.length,
    height: rows - upper - 1,
    width,
    row: (index) => words[index] ?? [],
    isFocused: ui.isInImage,
  });
  return {
    lines: [
      fitLine(headLine(columns, glyphs), width, glyphs.more),
      ...board.lines,
      titleLine(scene, title, { width, isFocused: ui.isInImage }),
      ...detail.lines,
    ],
    lists: { images: board.facts, 'image nodes': detail.facts },
  };
}

function noImages({ moment, ui }: Scene): string {
  if ((ui.filters.images ?? '') !== '') return 'no image matches';
  return moment.model.names('image').length === 0 ? 'this run hands in no image' : 'no image';
}

function columnsOf(scene: Scene, width: number): readonly Column<ImageFacts>[] {
  const { moment } = scene;
  const isWide = width >= WIDE;
  const toneOf = ({ state }: ImageFacts): Tone => (state.tone === 'idle' ? 'plain' : state.tone);
  return [
    { title: 'IMAGE', width: isWide ? 20 : 12, cell: ({ name }) => ({ text: name }) },
    { title: 'PROJECT', width: isWide ? 16 : 10, cell: ({ project }) => ({ text: project }) },
    {
      title: LIFECYCLE.map(({ step }) => step[0]?.toUpperCase()).join(' '),
      width: 13,
      cell: (image) => wayCell(scene, image),
    },
    { title: 'STATE', width: 16, cell: (image) => ({ text: image.state.state, tone: toneOf(image) }) },
    { title: 'FOR', width: 7, isRight: true, cell: ({ state }) => ({ text: spanText(moment.now_ms - state.since) }) },
    { title: 'NODES', width: 0, cell: (image) => ({ text: nodesText(scene, image) }) },
  ];
}

/** Steps done, the one at hand, those ahead: registered, validated, stored, scheduled, deployed, ready, running. */
function wayCell({ glyphs }: Scene, { step, state }: ImageFacts): { readonly text: string; readonly tone: Tone } {
  const signs = LIFECYCLE.map((_, place) => {
    if (place > step) return glyphs.ahead;
    if (place < step) return glyphs.passed;
    if (state.tone === 'bad') return glyphs.failed;
    return state.isAtRest ? glyphs.passed : glyphs.atHand;
  });
  return { text: signs.join(' '), tone: state.tone === 'idle' ? 'plain' : state.tone };
}

function nodesText({ glyphs }: Scene, { nodes, there }: ImageFacts): string {
  const wanted = nodes.filter(({ is }) => is !== 'leftOut').length;
  if (wanted === 0) return '';
  const full = Math.round((there / wanted) * BAR);
  return `${glyphs.full.repeat(full)}${glyphs.empty.repeat(BAR - full)} ${there}/${wanted}`;
}

const BAR = 8;

function detailLines(scene: Scene, image: ImageFacts, width: number): readonly Line[] {
  const { moment, glyphs } = scene;
  const why = whyOfImage(moment, image.machine);
  const nodes = image.nodes.map(({ node, slot, is, retries }): Line => {
    const where = slot === null ? 'LUN' : `slot ${slot}`;
    const again = retries === 0 ? '' : `, tried again ${retries} times`;
    const tone = is === 'failed' ? 'bad' : is === 'underWay' ? 'busy' : is === 'leftOut' ? 'faint' : 'good';
    return [
      segment(`  ${fitted(node, 14, glyphs.more)} ${fitted(where, 8, glyphs.more)} `),
      segment(`${is}${again}`, tone),
    ];
  });
  const passed = image.passed.map(({ state, at }, index): Line => {
    const next = image.passed[index + 1]?.at;
    const took = next === undefined ? '' : `took ${spanText(next - at)}`;
    return [segment(`  ${instantText(at).padStart(11)}  ${fitted(state, 18, glyphs.more)} ${took}`)];
  });
  const wipes = image.wipes.map(({ node, slot, isZero, read_bytes, size_bytes, at }): Line => {
    const where = slot === null ? 'its LUN' : `slot ${slot}`;
    const proof = `${read_bytes} of ${size_bytes} bytes read back, ${isZero ? 'all zero' : 'NOT all zero'}`;
    return [segment(`  ${instantText(at).padStart(11)}  ${node}, ${where}: ${proof}`, isZero ? 'good' : 'bad')];
  });
  return [
    ...whyLines(why, moment.now_ms, width),
    ...section('nodes', nodes),
    ...section('passed', passed),
    ...section('wipes', wipes),
  ];
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [[segment(title, 'head')], ...lines];
}
