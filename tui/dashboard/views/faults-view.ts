import { remedy, says } from '../../../core/faults/fault.js';
import { MISHAP_WORDS } from '../../../core/scenario/mishap-words.js';
import { mishapNamed } from '../keys/operate.js';
import type { FaultRecord } from '../model/fault-log.js';
import { filterOf } from '../model/filter.js';
import { settled } from '../model/list-window.js';
import type { Broken } from '../model/model.js';
import { nameOf } from '../model/subject.js';
import { placeIn } from '../model/ui.js';
import { fitLine, segment, type Line, type Size } from './line.js';
import type { Scene, Screenful } from './scene.js';
import { headLine, listed, rowLine, titleLine, type Column } from './table.js';
import { instantText } from '../times.js';
import { labelled } from './why-lines.js';

/** A fault that came by itself, or something that was broken on purpose. */
export type Trouble =
  | {
      readonly kind: 'fault';
      readonly key: string;
      readonly isActive: boolean;
      readonly at: number;
      readonly record: FaultRecord;
    }
  | {
      readonly kind: 'mishap';
      readonly key: string;
      readonly isActive: boolean;
      readonly at: number;
      readonly broken: Broken;
    };

/** Active ones first, each kind the latest first. */
export function troublesOf({ moment, ui }: Pick<Scene, 'moment' | 'ui'>): readonly Trouble[] {
  const { faults, broken } = moment.model;
  const { test } = filterOf(ui.filters.faults ?? '');
  const all = [
    ...faults.records.map((record): Trouble => {
      return {
        kind: 'fault',
        key: `f${record.seq} ${record.subject}`,
        isActive: record.endedAt === null,
        at: record.at,
        record,
      };
    }),
    ...broken.map((one, index): Trouble => {
      return { kind: 'mishap', key: `m${index}`, isActive: one.healedAt === null, at: one.at, broken: one };
    }),
  ];
  const chosen = all.filter((trouble) =>
    test(`${whereOf(trouble)} ${codeOf(trouble)} ${wordsOf(trouble)} ${stateOf(trouble)}`),
  );
  return chosen.sort((a, b) => Number(b.isActive) - Number(a.isActive) || b.at - a.at);
}

const DETAIL = 6;

export function faultsView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, glyphs } = scene;
  const troubles = troublesOf(scene);
  const { lines, facts } = listed(scene, {
    list: 'faults',
    count: troubles.length,
    height: rows - 1 - DETAIL,
    width,
    keyAt: (index) => troubles[index]?.key ?? null,
    indexOf: (key) => troubles.findIndex((trouble) => trouble.key === key),
    row: (index) => {
      const trouble = troubles[index];
      return trouble === undefined ? [] : rowLine(COLUMNS, trouble, glyphs);
    },
    isFocused: true,
  });
  const chosen = troubles[settled(placeIn(ui, 'faults'), facts).index];
  const detail = [titleLine(scene, titleOf(troubles), { width }), ...detailLines(chosen, width)];
  const below = Array.from({ length: DETAIL }, (_, index) => fitLine(detail[index] ?? [], width, glyphs.more));
  return {
    lines: [fitLine(headLine(COLUMNS, glyphs), width, glyphs.more), ...lines, ...below],
    lists: { faults: facts },
  };
}

const COLUMNS: readonly Column<Trouble>[] = [
  { title: 'IS', width: 6, cell: (one) => ({ text: stateOf(one), tone: one.isActive ? 'bad' : 'faint' }) },
  { title: 'SINCE', width: 10, isRight: true, cell: ({ at }) => ({ text: instantText(at) }) },
  { title: 'WHERE', width: 12, cell: (one) => ({ text: whereOf(one) }) },
  { title: 'CODE', width: 10, cell: (one) => ({ text: codeOf(one), tone: one.isActive ? 'bad' : 'faint' }) },
  { title: 'WHAT', width: 0, cell: (one) => ({ text: wordsOf(one) }) },
];

function stateOf({ isActive }: Trouble): string {
  return isActive ? 'ACTIVE' : 'past';
}

function whereOf(trouble: Trouble): string {
  return trouble.kind === 'mishap' ? trouble.broken.node : nameOf(trouble.record.subject);
}

function codeOf(trouble: Trouble): string {
  return trouble.kind === 'mishap' ? 'on purpose' : trouble.record.fault.code;
}

function wordsOf(trouble: Trouble): string {
  return trouble.kind === 'mishap' ? trouble.broken.mishap : says(trouble.record.fault);
}

function titleOf(troubles: readonly Trouble[]): string {
  const active = troubles.filter(({ isActive }) => isActive).length;
  return troubles.length === 0 ? 'no fault so far' : `${active} active, ${troubles.length - active} past`;
}

function lastsText(trouble: Trouble): string {
  const healsAt = trouble.kind === 'mishap' ? trouble.broken.healsAt : null;
  return healsAt === null ? 'it lasts' : `heals at ${instantText(healsAt)}`;
}

function detailLines(trouble: Trouble | undefined, width: number): readonly Line[] {
  if (trouble === undefined) return [];
  const end = trouble.kind === 'fault' ? trouble.record.endedAt : trouble.broken.healedAt;
  const lasted = end === null ? lastsText(trouble) : `over at ${instantText(end)}`;
  const when = labelled('since', [`${instantText(trouble.at)}, ${lasted}`], { width });
  if (trouble.kind === 'mishap') {
    const { node, mishap } = trouble.broken;
    const kind = mishapNamed(mishap);
    return [
      [segment(`${mishap} of ${node}, broken on purpose`, 'head')],
      ...when,
      ...labelled('what', [kind === null ? mishap : MISHAP_WORDS[kind]], { width }),
    ];
  }
  const { fault } = trouble.record;
  return [
    ...labelled('what', [says(fault)], { width, tone: 'bad' }),
    ...when,
    ...labelled('do', [remedy(fault)], { width, tone: 'good' }),
    ...labelled('kind', [fault.kind], { width }),
  ];
}
