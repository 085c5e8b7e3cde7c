import type { Subject } from '../model/subject.js';
import { buildsOf } from '../views/builds-view.js';
import { troublesOf } from '../views/faults-view.js';
import type { Scene } from '../views/scene.js';
import { framesIn } from '../views/wire-view.js';

/** Whom the chosen row is of, `node:root1` or `image:robots`; null where it leads nowhere. */
export function subjectOfRow(
  scene: Scene,
  { index, key }: { readonly index: number; readonly key: string | null },
): Subject | null {
  switch (scene.ui.screen) {
    case 'rack':
    case 'schedule':
      return key === null ? null : `node:${key}`;
    case 'faults': {
      const trouble = troublesOf(scene)[index];
      if (trouble === undefined) return null;
      return trouble.kind === 'mishap' ? `node:${trouble.broken.node}` : trouble.record.subject;
    }
    case 'builds':
      return buildsOf(scene)[index]?.subject ?? null;
    case 'images':
    case 'node':
    case 'journal':
    case 'wire':
      return null;
  }
}

/** The moment that the chosen row tells of, by its entry or its instant; null where it tells of none. */
export function momentOfRow(scene: Scene, index: number): { readonly seq: number } | { readonly at_ms: number } | null {
  const { ui, moment, journal } = scene;
  switch (ui.screen) {
    case 'journal':
      return { seq: journal.upTo(moment.model.seq, ui.filters.journal ?? '').at(index) };
    case 'builds': {
      const build = buildsOf(scene)[index];
      return build === undefined ? null : { seq: build.seq };
    }
    case 'wire': {
      const frame = framesIn(scene).lines[index];
      return frame === undefined ? null : { at_ms: frame.at_ms };
    }
    case 'faults': {
      const trouble = troublesOf(scene)[index];
      if (trouble === undefined) return null;
      return trouble.kind === 'fault' ? { seq: trouble.record.seq } : { at_ms: trouble.at };
    }
    case 'rack':
    case 'node':
    case 'images':
    case 'schedule':
      return null;
  }
}
