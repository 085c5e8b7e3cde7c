import type { Observation } from '../evidence.js';
import type { NodeId } from '../ids.js';

export interface ConsoleMemory {
  readonly consumed: number;
}

export const NEW_CONSOLE: ConsoleMemory = { consumed: 0 };

export function readConsole(
  memory: ConsoleMemory,
  node: NodeId,
  line: { readonly text: string; readonly isWhole: boolean },
): { readonly memory: ConsoleMemory; readonly observations: readonly Observation[] } {
  const isFirmware = line.isWhole && line.text.includes('SeaBIOS (version');
  const observations: Observation[] = isFirmware
    ? [{ kind: 'reached', stage: 'firmware', node, source: 'console', what: line.text.trim() }]
    : [];
  return { memory, observations };
}
