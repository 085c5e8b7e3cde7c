import { wantedBy, type Act, type Wanted } from './operate.js';
import { troublesOf, type Trouble } from '../views/faults-view.js';
import type { Scene } from '../views/scene.js';
import { chosenIn, type Lists } from './look.js';

/** The fault or mishap that the keys are on. */
export function chosenTrouble(scene: Scene, lists: Lists): Trouble | undefined {
  const chosen = chosenIn(scene.ui, 'faults', lists);
  return chosen === null ? undefined : troublesOf(scene)[chosen.index];
}

/** Of whom it is: `node:root1`. */
export function subjectOf(trouble: Trouble): string {
  return trouble.kind === 'mishap' ? `node:${trouble.broken.node}` : trouble.record.subject;
}

/** The node that the keys are on: the chosen row's, or that of the screen. */
export function chosenNode(scene: Scene, lists: Lists): string | null {
  const { screen, node } = scene.ui;
  if (screen === 'node') return node;
  if (screen === 'rack') return chosenIn(scene.ui, 'rack', lists)?.key ?? null;
  const trouble = screen === 'faults' ? chosenTrouble(scene, lists) : undefined;
  const subject = trouble === undefined ? '' : subjectOf(trouble);
  return subject.startsWith('node:') ? subject.slice('node:'.length) : null;
}

/** What a key asks for, of the node or of the mishap that the keys are on. */
export function wantedOn(act: Act, scene: Scene, lists: Lists): Wanted | null {
  const id = chosenNode(scene, lists);
  const trouble = scene.ui.screen === 'faults' ? chosenTrouble(scene, lists) : undefined;
  const node = id === null ? null : scene.board.one(scene.moment.model, id);
  return wantedBy(act, { node, broken: trouble?.kind === 'mishap' && trouble.isActive ? trouble.broken : null });
}
