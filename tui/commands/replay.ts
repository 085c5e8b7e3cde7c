import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError, says, type Fault } from '../../core/faults/fault.js';
import type { Append, Entry } from '../../core/journal/entry.js';
import { Fold, type Folded } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { makeReport } from '../../core/report/report.js';
import { NewsReader, type News } from '../../core/run/news.js';
import { Chain } from '../../core/journal/codec.js';
import { readJournalFile, sha256 } from '../../drivers/journal-file/driver.js';
import { BUNDLE, findBundle } from '../../drivers/run-bundle/bundle.js';
import { runSim } from '../../sim/run.js';
import { EXIT, type Command, type Given } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import { PACKAGE_ROOT } from '../package.js';
import { loadPlan } from '../load-plan.js';
import { parseToken } from '../token.js';
import { nameColumns, newsLine } from '../views/run-lines.js';

export const replayCommand: Command = {
  name: 'replay',
  usage: 'replay BUNDLE|TOKEN',
  says: 'Folds the journal of a run through the machines, compares with what was recorded, and prints the path.',
  takes: [1, 1],
  options: { to: { type: 'string', value: 'SEQ', says: 'stop after this entry and tell where everything stands' } },
  run: (given, io) => {
    const [name = ''] = given.positionals;
    const { entries, torn } = entriesOf(name);
    const to = given.number('to') ?? entries.length;
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
    if (given.text('to') !== undefined) tellStandings(folded, given, io);
    return folded.divergences.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

interface Source {
  readonly entries: readonly Entry[];
  readonly torn: number;
}

/** The journal of a bundle; a token of a simulation that is not at hand is run again, and must come out the same. */
function entriesOf(name: string): Source {
  const directory = findBundle(name, 'runs');
  if (directory !== null) {
    const { entries, torn } = readJournalFile(join(directory, BUNDLE.journal));
    return { entries, torn };
  }
  const token = parseToken(name);
  if (token?.world !== 'sim') throw unknown(name);
  const file = join(PACKAGE_ROOT, 'scenarios', `${token.scenario}.scenario.yaml`);
  // A token holds the name of its scenario, not the file: only the scenarios that come with us can be run again.
  if (!existsSync(file)) throw unknown(name);
  const { plan } = loadPlan(file);
  const entries: Entry[] = [];
  const chain = new Chain(sha256);
  const steppers = compiledSteppers();
  const append: Append = (happening, at) => {
    chain.append(happening, at);
    entries.push({ seq: chain.length, at, ...happening });
    return true;
  };
  const outcome = runSim({ plan, seed: token.seed, append, steppers });
  const verdict = makeReport({
    plan,
    standing: outcome.standing,
    world: 'sim',
    seed: token.seed,
    startedAt: null,
    token: name,
    virtual_ms: outcome.virtual_ms,
    wall_ms: 0,
    faults: outcome.fault === null ? [] : [outcome.fault],
    sendings: outcome.sendings,
  }).verdict;
  append({ entry: 'closed', verdict }, outcome.virtual_ms);
  if (!chain.head.startsWith(token.head)) throw unknown(name);
  return { entries, torn: 0 };
}

function unknown(name: string): FaultError {
  return new FaultError({ code: 'JRN-005', kind: 'bundle.unknown', name });
}

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
