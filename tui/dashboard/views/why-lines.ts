import { says } from '../../../core/faults/fault.js';
import type { Usual } from '../model/medians.js';
import type { Why } from '../model/why.js';
import { wrapText } from '../../cli/command.js';
import { segment, type Line, type Tone } from './line.js';
import { instantText, spanText } from '../times.js';

/** `2.4 s of 12 here`, or where too few were seen, what was measured in emulation. */
export function usualText(usual: Usual | null): string {
  if (usual === null) return 'not known';
  return `${spanText(usual.ms)}${usual.count === 0 ? ' in emulation' : `, median of ${usual.count} here`}`;
}

/** Many times over its usual time is worth a look, long before the deadline. */
export function isSlow(waited_ms: number, usual: Usual | null): boolean {
  return usual !== null && waited_ms > 3 * usual.ms && waited_ms > 1_000;
}

const LABEL = 11;

/** Why a machine is not moving, as labelled lines wrapped to `width`. */
export function whyLines(why: Why, now_ms: number, width: number): readonly Line[] {
  const { machine, isMoving } = why;
  const tone: Tone = why.tone;
  const waited = `since ${instantText(machine.since)}, for ${spanText(why.waited_ms)}`;
  const slow = isSlow(why.waited_ms, why.usual);
  return [
    ...labelled('state', [`${machine.id} ${machine.standing.state}`, why.says], { width, tone }),
    ...labelled(isMoving ? 'waiting' : 'so it is', [`${waited}${slow ? ', which is long' : ''}`], {
      width,
      tone: slow ? 'bad' : 'plain',
    }),
    ...(isMoving ? labelled('usually', [usualText(why.usual)], { width }) : []),
    ...optional('waits for', why.waitsFor, { width }),
    ...deadlineLines(why, now_ms, width),
    ...labelled(
      'beside it',
      why.beside.map(({ id, standing }) => `${id} ${standing.state}`),
      { width },
    ),
    ...(why.fault === null ? [] : labelled('fault', [`${why.fault.code} ${says(why.fault)}`], { width, tone: 'bad' })),
    ...optional('suspected', why.suspected, { width, tone: 'busy' }),
    ...optional('last seen', why.lastSeen, { width }),
    ...labelled('tried', why.tried, { width }),
    ...labelled('on purpose', why.broken, { width, tone: 'busy' }),
    ...labelled(why.fault === null ? 'check' : 'do', why.check, { width, tone: 'good' }),
  ];
}

function deadlineLines({ deadline }: Why, now_ms: number, width: number): readonly Line[] {
  if (deadline === null) return [];
  const left = spanText(Math.max(0, deadline.at - now_ms));
  const cause = deadline.cause === null ? '' : `, taken for ${deadline.cause}`;
  return labelled('gives up', [`in ${left}, at ${instantText(deadline.at)}${cause}`], { width });
}

interface Look {
  readonly width: number;
  readonly tone?: Tone;
}

function optional(label: string, text: string | null, look: Look): readonly Line[] {
  return text === null ? [] : labelled(label, [text], look);
}

/** The label stands once, what it labels beside and below it. */
export function labelled(label: string, texts: readonly string[], { width, tone = 'plain' }: Look): readonly Line[] {
  const rows = texts.flatMap((text) => wrapText(text, Math.max(20, width - LABEL - 1), ''));
  return rows.map((row, index) => [segment(`${index === 0 ? label : ''}`.padEnd(LABEL), 'head'), segment(row, tone)]);
}
