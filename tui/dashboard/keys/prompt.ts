import { filteredBy, type Prompt, type Ui } from '../model/ui.js';
import { completions, type Known } from './commands.js';

/** A key as the terminal tells it: a name, and the character where it stands for one. */
export interface Pressed {
  readonly name: string;
  readonly character: string | null;
}

/** What a key does to a prompt. `entered` is the text that Enter has given. */
export interface Answered {
  readonly ui: Ui;
  readonly entered: string | null;
}

/** The prompt is open: keys write. A filter is seen at work while it is typed. */
export function typed(
  ui: Ui,
  prompt: Prompt,
  { pressed, known }: { readonly pressed: Pressed; readonly known: Known },
): Answered {
  const { name, character } = pressed;
  switch (name) {
    case 'escape':
    case 'C-c':
      return { ui: { ...filtered(ui, prompt, prompt.before), prompt: null }, entered: null };
    case 'enter':
    case 'return':
      return { ui: { ...ui, prompt: null }, entered: prompt.text };
    case 'backspace':
      // As in less and vi: taking away the last of nothing leaves.
      if (prompt.text === '') return { ui: { ...filtered(ui, prompt, ''), prompt: null }, entered: null };
      return written(ui, prompt, prompt.text.replace(/.$/u, ''));
    case 'C-u':
      return written(ui, prompt, '');
    case 'tab':
      return written(ui, prompt, prompt.kind === 'command' ? completed(prompt.text, known) : prompt.text);
    case 'down':
    case 'up':
      return { ui: { ...ui, prompt: chosen(prompt, name === 'down' ? 1 : -1, known) }, entered: null };
    default:
      return character === null ? { ui, entered: null } : written(ui, prompt, prompt.text + character);
  }
}

const LONGEST = 200;

function written(ui: Ui, prompt: Prompt, text: string): Answered {
  const cut = text.slice(0, LONGEST);
  return { ui: { ...filtered(ui, prompt, cut), prompt: { ...prompt, text: cut, stem: null } }, entered: null };
}

function filtered(ui: Ui, { kind }: Prompt, filter: string): Ui {
  return kind === 'filter' ? filteredBy(ui, filter) : ui;
}

/** As far as all that it can become agree; a whole word gets a space where another may follow. */
function completed(text: string, known: Known): string {
  const offers = completions(text, known).map((offer) => offer.text);
  const [first] = offers;
  if (first === undefined) return text;
  if (offers.length === 1) return completions(`${first} `, known).length > 0 ? `${first} ` : first;
  let shared = first;
  while (!offers.every((offer) => offer.startsWith(shared))) shared = shared.slice(0, -1);
  return shared.length > text.length ? shared : text;
}

/** The next of all that what was typed can become, as if it had been typed; round and round. */
function chosen(prompt: Prompt, by: 1 | -1, known: Known): Prompt {
  const { kind, text } = prompt;
  const stem = prompt.stem ?? text;
  const offers = kind === 'command' ? completions(stem, known) : [];
  const at = offers.findIndex((offer) => offer.text === text);
  const place = at === -1 && by === -1 ? offers.length - 1 : (at + by + offers.length) % offers.length;
  const offer = offers[place];
  return offer === undefined ? prompt : { ...prompt, text: offer.text, stem };
}
