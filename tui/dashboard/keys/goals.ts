import { nameOf } from '../model/subject.js';
import { listOf } from '../model/ui.js';
import { troublesOf, type Trouble } from '../views/faults-view.js';
import type { Scene } from '../views/scene.js';
import { subjectOfRow } from './enter.js';
import { chosenIn, type Lists } from './look.js';
import { wantedBy, type Act, type Wanted } from './operate.js';

/** The fault or mishap that the keys are on. */
function chosenTrouble(scene: Scene, lists: Lists): Trouble | undefined {
  const chosen = chosenIn(scene.ui, 'faults', lists);
  return chosen === null ? undefined : troublesOf(scene)[chosen.index];
}

/** The node that the keys are on: the chosen row's, or that of the screen. */
export function chosenNode(scene: Scene, lists: Lists): string | null {
  if (scene.ui.screen === 'node') return scene.ui.node;
  const chosen = chosenIn(scene.ui, listOf(scene.ui), lists);
  const subject = chosen === null ? null : subjectOfRow(scene, chosen);
  return subject?.startsWith('node:') === true ? nameOf(subject) : null;
}

/** What a key asks for, of the node or of the mishap that the keys are on. */
export function wantedOn(act: Act, scene: Scene, lists: Lists): Wanted | null {
  const id = chosenNode(scene, lists);
  const trouble = scene.ui.screen === 'faults' ? chosenTrouble(scene, lists) : undefined;
  const node = id === null ? null : scene.board.one(scene.moment.model, id);
  return wantedBy(act, { node, broken: trouble?.kind === 'mishap' && trouble.isActive ? trouble.broken : null });
}
