import { completions } from '../keys/commands.js';
import { knownOf } from './known.js';
import { fitLine, fitted, segment, type Line, type Size } from './line.js';
import type { Scene, Screenful } from './scene.js';
import { titleLine } from './table.js';

/** Of the body at most this part, so that what one acts on stays in sight. */
const PART = 0.6;
const WORD = 22;

/** Lays what a command can go on with over the foot of a screen, each with what it does; the chosen one is marked. */
export function withChoices(body: Screenful, scene: Scene, { columns: width, rows }: Size): Screenful {
  const { ui, glyphs } = scene;
  const { prompt } = ui;
  if (prompt?.kind !== 'command') return body;
  const { text, stem = null } = prompt;
  const offers = completions(stem ?? text, knownOf(scene));
  if (offers.length < 2) return body;
  const height = Math.min(offers.length, Math.floor(rows * PART));
  const chosen = stem === null ? -1 : offers.findIndex((offer) => offer.text === text);
  const first = Math.max(0, Math.min(chosen - height + 1, offers.length - height));
  const lines = offers.slice(first, first + height).map(({ word, says }, index): Line => {
    const isChosen = first + index === chosen;
    const tone = isChosen ? 'key' : 'plain';
    const row = `${isChosen ? glyphs.mark : ' '} ${fitted(word, WORD, glyphs.more)} ${says}`;
    return fitLine([segment(row, tone)], width, glyphs.more);
  });
  const title = titleLine(scene, 'go on with', { width, note: `${offers.length}; Up and Down choose, Tab completes` });
  return { ...body, lines: [...body.lines.slice(0, -(height + 1)), title, ...lines] };
}
