import type { NodeFacts } from '../model/node-facts.js';
import type { Prompt } from '../model/ui.js';

/** What can be asked of a rack that is up: a node's power as a level. */
export interface Operation {
  readonly node: string;
  readonly want: 'on' | 'off';
}

/** Comes back when the rack has written it down. @throws FaultError its refusal, or why it was not reached */
export type Operate = (operation: Operation) => Promise<void>;

/** Asked once more before anything is done; of a real node by its name, as a slip costs more there. */
export interface Confirmation {
  readonly operation: Operation;
  /** What has to be typed. */
  readonly word: string;
}

export function powerPrompt({ id, power, world }: NodeFacts): Prompt {
  const operation = { node: id, want: power === 'on' ? 'off' : 'on' } as const;
  return { kind: 'confirm', text: '', before: '', confirms: { operation, word: world === 'real' ? id : 'y' } };
}

export function questionOf({ operation: { node, want }, word }: Confirmation): string {
  return `power ${want} ${node}? ${word} and Enter, or Esc:`;
}
