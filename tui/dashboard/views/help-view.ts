import { COMMANDS } from '../keys/commands.js';
import { KEYS, keysOn } from '../keys/table.js';
import { fitted, segment, type Line, type Size } from './line.js';
import type { Scene, Screenful } from './scene.js';
import { scrolled, titleLine } from './table.js';

/** The table of keys as it is, those that are valid here first; then the commands. */
export function helpView(scene: Scene, { columns: width, rows }: Size): Screenful {
  const { screen } = scene.ui;
  const here = keysOn(screen);
  const elsewhere = KEYS.filter((key) => !here.includes(key));
  const keyLine = (shown: string, says: string): Line => [segment(`  ${fitted(shown, 11, '')} `, 'key'), segment(says)];
  const lines: readonly Line[] = [
    ...here.map(({ shown, says }) => keyLine(shown, says)),
    [segment('')],
    [segment('on other screens', 'head')],
    ...elsewhere.map(({ shown, says, on = [] }) => keyLine(shown, `${says} (${on.join(', ')})`)),
    [segment('')],
    [segment('commands', 'head')],
    ...COMMANDS.map(({ usage, says }): Line => [segment(`  :${fitted(usage, 22, '')} `, 'key'), segment(says)]),
  ];
  const list = { list: 'help', count: lines.length, height: rows - 1, width, isFocused: true } as const;
  const { lines: shown, facts } = scrolled(scene, { ...list, row: (index) => lines[index] ?? [] });
  const title = titleLine(scene, `keys on the ${screen} screen`, { width, note: '? or Esc: away', isFocused: true });
  return { lines: [title, ...shown], lists: { help: facts } };
}
