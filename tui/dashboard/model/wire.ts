import type { CapturedSecond } from '../../../drivers/wire/capture/capture-index.js';
import type { TalkedProtocol } from '../../../drivers/wire/observer/talked-protocol.js';

/** One frame in words. */
export interface WireLine {
  /** Since the start of the run. */
  readonly at_ms: number;
  readonly from: string;
  /** Null: to all, or to nobody that is known. */
  readonly to: string | null;
  readonly text: string;
  /** Taken by a fault rule. */
  readonly isLost: boolean;
}

export interface WireLines {
  /** The latest last. */
  readonly lines: readonly WireLine[];
  /** How far back was looked for them; null: to the very first frame. */
  readonly since_ms: number | null;
}

/** What was sent on the wire of a run, to be asked for any moment of it. */
export interface WireSource {
  /** Where it comes from, for people. */
  readonly name: string;
  /** Reads on, `most_bytes` at most. */
  readonly advance: (most_bytes: number) => void;
  /** What was not read yet. */
  readonly left_bytes: () => number;
  /** Whether there is more to be read or looked through than was done so far. */
  readonly isBusy: () => boolean;
  readonly isDamaged: () => boolean;
  readonly ports: () => readonly string[];
  /** Null where nothing was sent in that second since the start of the run. */
  readonly second: (number: number) => CapturedSecond | null;
  /** The last `most` frames up to an instant that the filter lets through. */
  readonly lines: (upTo_ms: number, filter: string, most: number) => WireLines;
}

/** Seconds that are looked back at. */
export const MINUTE = 60;

/** Whom a port has had most to do with. */
export interface Talk {
  readonly with: string | null;
  readonly protocol: TalkedProtocol;
  readonly bytes: number;
}

/** What one port, or all of them together, has sent and got. */
export interface Traffic {
  readonly port: string;
  /** Of the last whole second. */
  readonly frames: number;
  readonly sent_bytes: number;
  readonly got_bytes: number;
  /** Bytes of each second of the last minute, the latest last. */
  readonly minute: readonly number[];
  readonly minute_frames: number;
  readonly minute_bytes: number;
  readonly most: Talk | null;
}

export interface WireFacts {
  readonly all: Traffic;
  /** Who has sent and got most within the minute comes first. */
  readonly talkers: readonly Traffic[];
  /** Frames of the last minute that fault rules took. */
  readonly lost: number;
}

interface Sums {
  frames: number;
  sent_bytes: number;
  got_bytes: number;
  readonly minute: number[];
  minute_frames: number;
  minute_bytes: number;
  readonly talks: Map<string, { with: string | null; protocol: TalkedProtocol; bytes: number }>;
}

function nothing(): Sums {
  const minute = Array.from({ length: MINUTE }, () => 0);
  return { frames: 0, sent_bytes: 0, got_bytes: 0, minute, minute_frames: 0, minute_bytes: 0, talks: new Map() };
}

/** The last whole second before the moment, and the minute that ends with it: nothing of later shines through. */
export function wireFacts(source: Pick<WireSource, 'ports' | 'second'>, now_ms: number): WireFacts {
  const last = Math.floor(now_ms / 1_000) - 1;
  const all = nothing();
  const of = new Map(source.ports().map((port) => [port, nothing()]));
  let lost = 0;
  for (let place = 0; place < MINUTE; place += 1) {
    const second = source.second(last - MINUTE + 1 + place);
    if (second === null) continue;
    lost += second.lost;
    for (const { from, to, protocol, frames, bytes } of second.flows.values()) {
      const when = { place, frames, bytes, protocol };
      count(all, { ...when, with: null, isSent: true });
      count(of.get(from), { ...when, with: to, isSent: true });
      if (to !== null && to !== from) count(of.get(to), { ...when, with: from, isSent: false });
    }
  }
  const talkers = [...of].map(([port, sums]) => trafficOf(port, sums));
  return { all: trafficOf('all', all), talkers: talkers.sort((a, b) => b.minute_bytes - a.minute_bytes), lost };
}

interface Sent {
  readonly place: number;
  readonly frames: number;
  readonly bytes: number;
  readonly protocol: TalkedProtocol;
  readonly with: string | null;
  readonly isSent: boolean;
}

function count(sums: Sums | undefined, { place, frames, bytes, protocol, with: other, isSent }: Sent): void {
  if (sums === undefined) return;
  if (place === MINUTE - 1) {
    sums.frames += frames;
    if (isSent) sums.sent_bytes += bytes;
    else sums.got_bytes += bytes;
  }
  sums.minute[place] = (sums.minute[place] ?? 0) + bytes;
  sums.minute_frames += frames;
  sums.minute_bytes += bytes;
  const name = `${other ?? '*'} ${protocol}`;
  const talk = sums.talks.get(name) ?? { with: other, protocol, bytes: 0 };
  talk.bytes += bytes;
  sums.talks.set(name, talk);
}

function trafficOf(port: string, { talks, ...sums }: Sums): Traffic {
  const [most = null] = [...talks.values()].sort((a, b) => b.bytes - a.bytes);
  return { port, ...sums, most };
}
