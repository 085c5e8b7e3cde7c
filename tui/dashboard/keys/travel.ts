import type { EntryLog } from '../model/entry-log.js';
import type { Playback } from '../model/playback.js';
import type { Ui } from '../model/ui.js';
import type { Journey } from './table.js';

/** Where one can go from a moment. */
export interface Travel {
  readonly playback: Playback;
  readonly log: EntryLog;
  /** Numbers of the entries with which boots come into stages: all boots, or those of the node at hand. */
  readonly stages: () => readonly number[];
  /** Whether more is to come at the end. */
  readonly mayGrow: boolean;
}

/** Goes through time as a key says. @returns what there is to say of it; null: nothing, the screen says it */
export function travelled({ playback, log, stages, mayGrow }: Travel, deed: Journey): string | null {
  switch (deed) {
    case 'play':
      playback.toggle();
      return null;
    case 'step on':
    case 'step back':
      playback.step(deed === 'step on' ? 1 : -1);
      return null;
    case 'stage on':
    case 'stage back':
      return playback.jump(stages(), deed === 'stage on' ? 1 : -1) ? null : 'no stage that way';
    case 'faster':
    case 'slower':
      playback.faster(deed === 'faster' ? 1 : -1);
      return `plays x${playback.speed}`;
    case 'next fault':
      return toNextFault(playback, log.faults);
    case 'previous fault':
      return playback.jump(log.faults, -1) ? null : 'no fault before this moment';
    case 'start':
      playback.seek(0);
      return null;
    case 'end':
      playback.toEnd(mayGrow);
      return null;
  }
}

/** Past the last one comes the first. */
function toNextFault(playback: Playback, faults: readonly number[]): string | null {
  if (playback.jump(faults, 1)) return null;
  const [first] = faults;
  if (first === undefined) return 'no fault in this run';
  playback.seek(first);
  return faults.length === 1 ? 'the only fault' : 'the first fault';
}

/** Entries with which boots come into stages: of all boots, or on a node's screen of that one. */
export function stagesOf(log: EntryLog, { screen, node }: Ui): readonly number[] {
  if (screen !== 'node' || node === null) return log.stages;
  const own = new Set(log.of(`node:${node}`));
  return log.stages.filter((seq) => own.has(seq));
}
