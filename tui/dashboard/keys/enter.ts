import type { Subject } from '../model/subject.js';
import { buildsOf } from '../views/builds-view.js';
import { troublesOf } from '../views/faults-view.js';
import type { Scene } from '../views/scene.js';

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
      return null;
  }
}
