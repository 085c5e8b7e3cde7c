import { FaultError } from '../../core/faults/fault.js';
import { findBundle } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { Dashboard } from '../dashboard/dashboard.js';
import { bundleFeed, givenFeed } from '../dashboard/feed/bundle-feed.js';
import type { Feed } from '../dashboard/feed/feed.js';
import { rackFeed, remoteFeed } from '../dashboard/feed/rack-feed.js';
import { bookingsIn } from '../dashboard/feed/schedule-directory.js';
import { jsonLines } from '../dashboard/model/json-lines.js';
import { followInLines } from '../dashboard/plain.js';
import { textOf, type Size } from '../dashboard/views/line.js';
import { journalOf } from '../journal-of.js';
import { DEFAULT_DIRECTORY } from '../reserve/desk.js';
import { splitMoment } from '../token.js';

export const topCommand: Command = {
  name: 'top',
  usage: 'top [--bundle BUNDLE|TOKEN[@SEQ]]',
  says:
    'The dashboard, over the rack that is up, a run that is over or, with --follow, one that goes on: nodes, images, ' +
    'faults, journal, schedule, builds and wire, at any moment of it. ? shows the keys. Where there is no terminal, ' +
    'one frame or plain lines.',
  takes: [0, 0],
  options: {
    bundle: { type: 'string', value: 'BUNDLE', says: 'directory or token of the run, @SEQ: at that entry' },
    rack: { type: 'string', value: 'NAME', says: 'the rack of that name; default the only one that is up' },
    to: { type: 'string', value: 'ADDRESS', says: 'a rack elsewhere, at tcp://HOST:PORT' },
    key: { type: 'string', value: 'FILE', says: 'the key that lets in there' },
    follow: { type: 'boolean', says: 'the run goes on: show what happens as it happens' },
    'read-only': { type: 'boolean', says: 'ask nothing of the rack, whatever key is pressed' },
    once: { type: 'boolean', says: 'print one frame and leave' },
    show: { type: 'string', value: 'COMMAND', says: 'begin with this, as behind : e.g. "node root1", "faults"' },
    size: { type: 'string', value: '80x24', says: 'columns and rows of --once' },
    schedule: { type: 'string', value: 'DIR', says: 'where reservations are kept; default schedule' },
    ascii: { type: 'boolean', says: 'ASCII signs only' },
  },
  run: async (given, io) => {
    const { feed, seq } = feedOf(given);
    const isOnce = given.flag('once') || given.flag('json') || (!io.isLive && !given.flag('follow'));
    if (!isOnce && !(io.isLive && process.stdin.isTTY)) return followInLines(feed, io);
    const size = sizeOf(given, io, isOnce);
    const operate = given.flag('read-only') ? 'nothing is asked, as --read-only says' : feed.operate;
    const bookings = bookingsIn(given.text('schedule') ?? DEFAULT_DIRECTORY);
    const isAscii = given.flag('ascii') || !hasUnicode(process.env);
    const dashboard = new Dashboard({ feed, bookings, operate, isAscii, size });
    if (isOnce) dashboard.take(await feed.entries(1), 0);
    if (isOnce && seq !== null) dashboard.seek(seq);
    if (isOnce) return tellOnce(dashboard, given, io);
    const { runInTerminal } = await import('../dashboard/run-in-terminal.js');
    return runInTerminal({ dashboard, feed, io, seq, show: given.text('show') ?? null, clock: systemClock() });
  },
};

function feedOf(given: Given): { readonly feed: Feed; readonly seq: number | null } {
  const named = given.text('bundle');
  if (named === undefined) return { feed: liveFeed(given), seq: null };
  const { name, seq } = splitMoment(named);
  const directory = findBundle(name, 'runs');
  const isFollowed = given.flag('follow');
  if (directory !== null) return { feed: bundleFeed(directory, { isFollowed, clock: systemClock() }), seq };
  if (isFollowed) throw new FaultError({ code: 'JRN-005', kind: 'bundle.unknown', name });
  return { feed: givenFeed({ name, ...journalOf(name) }), seq };
}

function liveFeed(given: Given): Feed {
  const address = given.text('to');
  if (address === undefined) return rackFeed(given.text('rack'));
  return remoteFeed({ name: address, address, key: given.text('key') ?? null });
}

function tellOnce(dashboard: Dashboard, given: Given, io: Io): number {
  const show = given.text('show');
  if (show !== undefined) dashboard.tell(show);
  if (given.flag('json') || dashboard.ui.screen === 'wire') dashboard.wire?.advance(Number.MAX_SAFE_INTEGER);
  if (given.flag('json')) {
    for (const line of jsonLines(dashboard)) io.out(`${JSON.stringify(line)}\n`);
    return EXIT.ok;
  }
  for (const line of dashboard.frame()) io.out(`${textOf(line).trimEnd()}\n`);
  return EXIT.ok;
}

/** @throws FaultError CLI-001 */
function sizeOf(given: Given, { columns }: Io, isOnce: boolean): Size {
  const text = given.text('size');
  if (text === undefined) return { columns: isOnce ? Math.max(80, columns) : columns, rows: process.stdout.rows || 24 };
  const [, wide = '', high = ''] = /^(\d{1,3})x(\d{1,3})$/.exec(text) ?? [];
  if (high === '') throw usage(topCommand, '--size takes columns and rows: 80x24');
  return { columns: Number(wide), rows: Number(high) };
}

/** @see POSIX.1-2017, XBD 8.2: the first of these that is set and not empty decides */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
