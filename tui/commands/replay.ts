import { says, type Fault } from '../../core/faults/fault.js';
import { Fold, type Folded } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { NewsReader, type News } from '../../core/run/news.js';
import { EXIT, type Command, type Given } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import { journalOf } from '../journal-of.js';
import { splitMoment } from '../token.js';
import { nameColumns, newsLine } from '../views/run-lines.js';

export const replayCommand: Command = {
  name: 'replay',
  usage: 'replay BUNDLE|TOKEN[@SEQ]',
  says: 'Folds the journal of a run through the machines, compares with what was recorded, and prints the path.',
  takes: [1, 1],
  options: { to: { type: 'string', value: 'SEQ', says: 'stop after this entry and tell where everything stands' } },
  run: (given, io) => {
    const [named = ''] = given.positionals;
    const { name, seq } = splitMoment(named);
    const { entries, torn } = journalOf(name);
    const to = given.number('to') ?? seq ?? entries.length;
    const folding = new Fold(compiledSteppers());
    const reader = new NewsReader();
    for (const entry of entries.slice(0, to)) {
      folding.take(entry);
      if (entry.entry !== 'entered') continue;
      const standing = folding.result().machines.get(entry.machine)?.standing;
      const news = standing === undefined ? null : reader.read(entry.machine, standing);
      if (news !== null) tellNews(news, given, io);
    }
    const folded = folding.result();
    tellResult({ name, entries: Math.min(to, entries.length), torn, folded, given, io });
    if (to < entries.length || given.text('to') !== undefined) tellStandings(folded, given, io);
    return folded.divergences.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

function tellNews(news: News, given: Given, io: Io): void {
  const line = (): string => newsLine(news, { columns: io.columns, name: nameColumns([news.node]) });
  io.out(`${given.flag('json') ? JSON.stringify({ type: 'stage', ...news }) : line()}\n`);
}

interface Result {
  readonly name: string;
  readonly entries: number;
  readonly torn: number;
  readonly folded: Folded;
  readonly given: Given;
  readonly io: Io;
}

function tellResult({ name, entries, torn, folded, given, io }: Result): void {
  const { divergences, steps } = folded;
  const verdict = divergences.length === 0 ? 'pass' : 'fail';
  const faults = divergences.map((divergence): Fault => ({ code: 'JRN-004', kind: 'journal.diverges', ...divergence }));
  if (given.flag('json')) {
    const told = faults.map((fault) => ({ ...fault, says: says(fault) }));
    io.out(
      `${JSON.stringify({ type: 'report', version: 1, replay: name, verdict, entries, steps, torn, faults: told })}\n`,
    );
    return;
  }
  if (torn > 0) io.out(`the last line was torn by a crash and is left out (${torn} characters)\n`);
  for (const fault of faults) io.out(`${fault.code} ${says(fault)}\n`);
  const painted = paint(io, verdict === 'pass' ? 'good' : 'bad', verdict.toUpperCase());
  const words = verdict === 'pass' ? 'the machines go the recorded way' : 'the machines go another way';
  io.out(`${painted}  ${entries} entries, ${steps} steps: ${words}\n`);
}

function tellStandings({ machines }: Folded, given: Given, io: Io): void {
  for (const { id, standing, inFlight } of machines.values()) {
    const asks = inFlight?.command.kind === 'ask' ? inFlight.command : null;
    if (given.flag('json')) {
      io.out(`${JSON.stringify({ type: 'standing', machine: id, ...standing, asks })}\n`);
    } else {
      const waits = asks === null ? '' : `  waits for ${asks.effect}`;
      io.out(`  ${id.padEnd(16)} ${standing.state}${waits}\n`);
    }
  }
}
