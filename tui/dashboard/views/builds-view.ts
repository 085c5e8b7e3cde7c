import { remedy, says } from '../../../core/faults/fault.js';
import { machineId } from '../../../core/ids.js';
import type { Build } from '../model/build-log.js';
import { filterOf } from '../model/filter.js';
import { imageFacts } from '../model/image-facts.js';
import { settled } from '../model/list-window.js';
import type { Machine } from '../model/machine.js';
import { stateFacts } from '../model/node-facts.js';
import { nameOf } from '../model/subject.js';
import { placeIn } from '../model/ui.js';
import { instantText, spanText } from '../times.js';
import { fitLine, fitted, segment, type Line, type Size, type Tone } from './line.js';
import { WIDE } from './rack-view.js';
import type { Scene, Screenful } from './scene.js';
import { headLine, listed, rowLine, titleLine, type Column } from './table.js';
import { isSlow, labelled, usualText } from './why-lines.js';

/** Newest first, those that the filter leaves. */
export function buildsOf({ moment, ui }: Pick<Scene, 'moment' | 'ui'>): readonly Build[] {
  const { all } = moment.model.builds;
  const filter = ui.filters.builds ?? '';
  const { test } = filterOf(filter);
  return (filter === '' ? all : all.filter((build) => test(wordsOf(build)))).toReversed();
}

function wordsOf({ kind, subject, asker, end, steps }: Build): string {
  const state = end?.state ?? steps.at(-1)?.state ?? '';
  return `${kind} ${subject} ${nameOf(subject)} ${state} ${end?.how ?? 'under way'} ${asker} ${end?.fault?.code ?? ''}`;
}

/** Every way of a node or an image from being asked for to being there. */
export function buildsView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, glyphs } = scene;
  const builds = buildsOf(scene);
  const columns = columnsOf(scene, width);
  const detail = Math.min(20, Math.floor(rows / 2));
  const { lines, facts } = listed(scene, {
    list: 'builds',
    count: builds.length,
    height: rows - 1 - detail,
    width,
    keyAt: (index) => keyOf(builds[index]),
    indexOf: (key) => builds.findIndex((build) => keyOf(build) === key),
    row: (index) => {
      const build = builds[index];
      return build === undefined ? [] : rowLine(columns, build, glyphs);
    },
    isFocused: true,
  });
  const chosen = builds[settled(placeIn(ui, 'builds'), facts).index];
  const title = chosen === undefined ? noBuilds(scene) : `${chosen.kind} of ${chosen.subject.replace(':', ' ')}`;
  const words = [titleLine(scene, title, { width, note: countsText(builds) }), ...detailLines(scene, chosen, width)];
  const below = Array.from({ length: detail }, (_, index) => fitLine(words[index] ?? [], width, glyphs.more));
  return {
    lines: [fitLine(headLine(columns, glyphs), width, glyphs.more), ...lines, ...below],
    lists: { builds: facts },
  };
}

/** A machine is asked for more than one thing, but by one entry each. */
function keyOf(build: Build | undefined): string | null {
  return build === undefined ? null : `${build.seq}`;
}

function noBuilds({ moment, ui }: Scene): string {
  if ((ui.filters.builds ?? '') !== '') return 'no build matches';
  return moment.model.builds.all.length === 0 ? 'nothing was asked for yet' : 'no build';
}

function countsText(builds: readonly Build[]): string {
  const underWay = builds.filter(({ end }) => end === null).length;
  const failed = builds.filter(({ end }) => end?.how === 'failed').length;
  return `${underWay} under way, ${failed} failed, ${builds.length} in all`;
}

function columnsOf(scene: Scene, width: number): readonly Column<Build>[] {
  const { moment } = scene;
  const isWide = width >= WIDE;
  const took = (build: Build): number => (build.end?.at ?? moment.now_ms) - build.at;
  const common: readonly Column<Build>[] = [
    { title: 'ASKED AT', width: 10, isRight: true, cell: ({ at }) => ({ text: instantText(at) }) },
    { title: 'BUILD', width: 8, cell: ({ kind }) => ({ text: kind }) },
    { title: 'OF', width: isWide ? 20 : 12, cell: ({ subject }) => ({ text: nameOf(subject) }) },
    { title: 'STATE', width: isWide ? 24 : 20, cell: (build) => stateCell(scene, build) },
    { title: 'FOR', width: 7, isRight: true, cell: (build) => ({ text: spanText(took(build)) }) },
    { title: 'NODES', width: isWide ? 14 : 13, cell: (build) => ({ text: progressText(scene, build) }) },
  ];
  if (!isWide) return common;
  return [
    ...common,
    { title: 'USUAL', width: 8, isRight: true, cell: (build) => ({ text: usualCell(scene, build) }) },
    { title: 'WRITES', width: 12, cell: ({ writes }) => ({ text: writesText(writes) }) },
    { title: 'ASKED BY', width: 22, cell: ({ asker }) => ({ text: asker }) },
    { title: 'FAULT', width: 0, cell: ({ end }) => ({ text: end?.fault?.code ?? '', tone: 'bad' }) },
  ];
}

const TONES = { there: 'good', failed: 'bad', 'given up': 'faint' } as const;

/** What it is at, or how it ended, by a sign as well. */
function stateCell(scene: Scene, build: Build): { readonly text: string; readonly tone: Tone } {
  const { moment, glyphs } = scene;
  const { end, machine } = build;
  const state = moment.model.machine(machine)?.standing.state ?? '';
  const stage = bootOf(scene, build)?.standing.state;
  if (end === null) return { text: `${glyphs.atHand} ${stage ?? state}`, tone: 'busy' };
  const sign = { there: glyphs.passed, failed: glyphs.failed, 'given up': glyphs.unseen }[end.how];
  return { text: `${sign} ${end.how === 'given up' ? 'given up' : end.state}`, tone: TONES[end.how] };
}

/** Of a node that boots: how far its boot is tells more than that it boots. */
function bootOf({ moment }: Scene, { subject, machine, end }: Build): Machine | undefined {
  const isBooting = end === null && moment.model.machine(machine)?.standing.state === 'booting';
  return isBooting ? moment.model.machine(machineId('boot', nameOf(subject))) : undefined;
}

const BAR = 6;

function progressText({ glyphs }: Scene, { progress }: Build): string {
  if (progress === null) return '';
  const { there, wanted } = progress;
  const full = Math.round((there / wanted) * BAR);
  return `${glyphs.full.repeat(full)}${glyphs.empty.repeat(BAR - full)} ${there}/${wanted}`;
}

function writesText({ begun, done, failed }: Build['writes']): string {
  if (begun === 0) return '';
  return `${done}/${begun}${failed === 0 ? '' : `, ${failed} bad`}`;
}

function usualCell({ moment }: Scene, build: Build): string {
  const usual = moment.model.builds.usual(build);
  return usual === null ? '' : spanText(usual.ms);
}

function detailLines(scene: Scene, build: Build | undefined, width: number): readonly Line[] {
  if (build === undefined) return [];
  const { moment } = scene;
  const { asker, at, seq, writes, end } = build;
  const usual = moment.model.builds.usual(build);
  const took_ms = (end?.at ?? moment.now_ms) - at;
  const slow = end === null && isSlow(took_ms, usual);
  const lasts = `${spanText(took_ms)}${slow ? ', which is long' : ''}; usually ${usualText(usual)}`;
  const { begun, done, failed } = writes;
  const written = begun === 0 ? [] : [`${begun} slots told to be written, ${done} done, ${failed} failed`];
  return [
    ...labelled('asked', [`at ${instantText(at)} by ${asker}, entry ${seq}`], { width }),
    ...labelled(end === null ? 'takes' : 'took', [lasts], { width, tone: slow ? 'bad' : 'plain' }),
    ...endLines(build, width),
    ...labelled('writes', written, { width }),
    ...stepLines(scene, build, width),
    ...bootLines(scene, build, width),
    ...nodeLines(scene, build),
  ];
}

function endLines({ end }: Build, width: number): readonly Line[] {
  if (end === null) return [];
  const how = end.how === 'given up' ? `something else was asked for, which led to ${end.state}` : end.state;
  return [
    ...labelled(end.how, [`${how} at ${instantText(end.at)}`], { width, tone: TONES[end.how] }),
    ...(end.fault === null ? [] : labelled('fault', [`${end.fault.code} ${says(end.fault)}`], { width, tone: 'bad' })),
    ...(end.fault === null ? [] : labelled('do', [remedy(end.fault)], { width, tone: 'good' })),
  ];
}

/** `validating.lun 8.0 s, storing 0.1 s, stored` */
function stepLines({ moment }: Scene, { steps, end }: Build, width: number): readonly Line[] {
  const words = steps.map(({ state, at }, index) => {
    const next = steps[index + 1]?.at ?? end?.at ?? moment.now_ms;
    const isLast = index === steps.length - 1;
    return isLast && end?.how === 'there' ? state : `${state} ${spanText(next - at)}`;
  });
  return labelled('steps', words.length === 0 ? [] : [words.join(', ')], { width });
}

function bootLines(scene: Scene, build: Build, width: number): readonly Line[] {
  const { model, now_ms } = scene.moment;
  const boot = bootOf(scene, build);
  if (boot === undefined) return [];
  const { standing, since } = boot;
  const usual = usualText(model.usual.of('boot', standing.state));
  const slow = isSlow(now_ms - since, model.usual.of('boot', standing.state));
  const words = `${standing.state} for ${spanText(now_ms - since)}${slow ? ', which is long' : ''}; usually ${usual}`;
  return labelled('stage', [words], { width, tone: slow ? 'bad' : 'plain' });
}

/** Of an image that is on its way: what each of its nodes is at. */
function nodeLines({ moment, glyphs }: Scene, { subject, end, progress }: Build): readonly Line[] {
  const { model } = moment;
  const image =
    subject.startsWith('image:') && end === null && progress !== null ? imageFacts(model, nameOf(subject)) : null;
  return (image?.nodes ?? []).map(({ node, slot, is }, index): Line => {
    const at = stateFacts(model, model.machine(machineId('deployment', node)));
    const where = slot === null ? 'LUN' : `slot ${slot}`;
    const doing = at === null ? '' : `${at.state} for ${spanText(moment.now_ms - at.since)}`;
    const words = `${fitted(node, 14, glyphs.more)} ${fitted(where, 8, glyphs.more)} ${fitted(is, 9, '')} ${doing}`;
    return [
      segment((index === 0 ? 'nodes' : '').padEnd(11), 'head'),
      segment(words, is === 'failed' ? 'bad' : 'plain'),
    ];
  });
}
