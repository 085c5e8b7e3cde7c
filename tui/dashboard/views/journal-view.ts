import { entryText, entryTone } from './entry-text.js';
import { fitLine, segment, type Line, type Size } from './line.js';
import type { Scene, Screenful } from './scene.js';
import { listed, type Listed } from './table.js';
import { instantText } from '../times.js';

/** Number, instant, and what happened. */
export function entryLine({ moment }: Scene, seq: number): Line {
  const entry = moment.log.at(seq);
  if (entry === undefined) return [];
  const place = `${String(seq).padStart(6)}  ${instantText(entry.at).padStart(11)}  `;
  return [segment(place, 'faint'), segment(entryText(entry), entryTone(entry))];
}

/** The journal up to the moment that is shown, the newest last. */
export function journalView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { moment, ui, journal, glyphs } = scene;
  const found = journal.upTo(moment.model.seq, ui.filters.journal ?? '');
  const { lines, facts } = listed(scene, {
    list: 'journal',
    count: found.count,
    height: rows - 1,
    width,
    row: (index) => entryLine(scene, found.at(index)),
    isFocused: true,
  });
  const head = fitLine([segment(' ENTRY         AT  WHAT', 'head')], width, glyphs.more);
  return { lines: [head, ...lines], lists: { journal: facts } };
}

/** The same of one node, as a pane. */
export function nodeJournal(scene: Scene, node: string, given: Pick<Listed, 'height' | 'width' | 'isFocused'>) {
  const { moment, ui, journal } = scene;
  const found = journal.ofUpTo(`node:${node}`, moment.model.seq, ui.filters['node journal'] ?? '');
  return listed(scene, {
    ...given,
    list: 'node journal',
    count: found.count,
    row: (index) => entryLine(scene, found.at(index)),
  });
}
