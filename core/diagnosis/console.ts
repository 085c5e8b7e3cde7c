import { STAGES, type Observation, type Stage } from '../evidence.js';
import type { NodeId } from '../ids.js';
import { NEW_CONSOLE, type ConsoleMemory } from './console-memory.js';
import type { ConsoleRow, Finding } from './console-row.js';
import { CONSOLE_ROWS } from './console-rows.js';

export interface ConsoleReading {
  readonly memory: ConsoleMemory;
  readonly observations: readonly Observation[];
}

/** A line as far as it has come: given again while it grows, at last with `isWhole`. */
export interface ConsoleLine {
  readonly text: string;
  readonly isWhole: boolean;
}

const LONGEST_EXCERPT = 160;

/** What one more piece of a node's console shows. Nothing is observed twice while a line grows. */
export function readConsole(memory: ConsoleMemory, node: NodeId, line: ConsoleLine): ConsoleReading {
  const observations: Observation[] = [];
  let now = memory;
  for (const row of CONSOLE_ROWS) {
    const finding = findingOf(row, line, now);
    if (finding === null) continue;
    const seen = { node, source: 'console', what: line.text.trim().slice(0, LONGEST_EXCERPT) } as const;
    if (finding.reached !== undefined && isNews(now, finding.reached)) {
      observations.push({ ...seen, kind: 'reached', stage: finding.reached });
      // The firmware starting again forgets all that the boot before it has shown.
      now = finding.reached === 'firmware' ? { ...NEW_CONSOLE, stage: 'firmware' } : { ...now, stage: finding.reached };
    }
    if (finding.trouble !== undefined) observations.push({ ...seen, kind: 'trouble', fault: finding.trouble });
    if (finding.ended !== undefined && !now.hasEnded) {
      observations.push({ ...seen, kind: 'ended', fault: finding.ended });
      now = { ...now, hasEnded: true };
    }
    now = { ...now, ...finding.remember };
  }
  return { memory: now, observations };
}

function findingOf(row: ConsoleRow, line: ConsoleLine, memory: ConsoleMemory): Finding | null {
  if (!line.isWhole && !row.isSeenEarly) return null;
  const match = row.pattern.exec(line.text);
  return match === null ? null : row.read(match, memory);
}

/** A boot only goes forward: a kernel line after userland is no news, a second SeaBIOS banner is. */
function isNews(memory: ConsoleMemory, stage: Stage): boolean {
  return stage === 'firmware' || STAGES.indexOf(stage) > STAGES.indexOf(memory.stage);
}
