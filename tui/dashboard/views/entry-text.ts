import { says } from '../../../core/faults/fault.js';
import type { Entry } from '../../../core/journal/entry.js';
import type { Evidence } from '../../../core/evidence.js';
import type { Tone } from './line.js';

/** One entry of a journal in words, without its number and time. */
export function entryText(entry: Entry): string {
  switch (entry.entry) {
    case 'opened':
      return `${entry.scenario} begins in ${entry.world}, seed ${entry.seed}`;
    case 'started':
      return `${entry.machine} is started`;
    case 'told':
      return `${entry.machine} is told ${entry.event.type} by ${entry.from}`;
    case 'entered':
      return `${entry.machine} enters ${entry.state}`;
    case 'effect.asked':
      if (entry.effect === 'boot.await') return `${entry.machine} waits for what is seen next`;
      return `${entry.machine} asks ${entry.effect}${factsOf(entry.input)}`;
    case 'effect.done':
      return 'evidence' in entry.output
        ? `${entry.machine} sees ${seen(entry.output.evidence)}`
        : `${entry.machine} has ${entry.effect}${factsOf(entry.output)}`;
    case 'effect.failed':
      return `${entry.machine} fails in ${entry.effect}: ${entry.fault.code} ${says(entry.fault)}`;
    case 'requested': {
      const what = [entry.said?.topic ?? 'refused', ...(entry.fault === null ? [] : [entry.fault.code])];
      return `request ${entry.request} of ${entry.stream}: ${what.join(', ')}`;
    }
    case 'unexpected':
      return `${entry.machine} has no use for ${entry.event}`;
    case 'mishap':
      return `${entry.mishap} of ${entry.node} ${entry.change}, on purpose`;
    case 'fault':
      return `the rig: ${entry.fault.code} ${says(entry.fault)}`;
    case 'resumed':
      return `resumed after ${entry.entries} entries`;
    case 'taken.over':
      return `${entry.node} is taken over: process ${entry.pid} has run on since power-on ${entry.powerOn}`;
    case 'closed':
      return `the run is over: ${entry.verdict}`;
  }
}

export function entryTone(entry: Entry): Tone {
  if (entry.entry === 'fault' || entry.entry === 'effect.failed' || entry.entry === 'unexpected') return 'bad';
  if (entry.entry === 'mishap') return 'busy';
  return entry.entry === 'entered' ? 'plain' : 'faint';
}

function seen({ kind, source, what }: Evidence): string {
  return kind === 'reached' ? `${what} (${source})` : `${kind}: ${what} (${source})`;
}

/** Plain facts of what was asked or answered; lists and objects stand in the journal itself. */
function factsOf(value: object): string {
  const facts = Object.entries(value).flatMap(([name, fact]: [string, unknown]) => {
    const isPlain = typeof fact === 'string' || typeof fact === 'number' || typeof fact === 'boolean';
    return isPlain && !HIDDEN.includes(name) ? [`${name} ${fact}`] : [];
  });
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

/** The machine's own name says the node; times stand before. */
const HIDDEN = ['at', 'deadlineAt', 'node'];
