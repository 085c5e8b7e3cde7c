import { loadavg, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ownVersions } from '../../tui/package.js';
import type { Figure, Result, Topic } from './figure.js';
import { measureTopic } from './measure.js';
import { tableLines, targetText } from './table.js';
import { TOPICS } from './topics.js';

const HELP = `usage: npm run bench -- [--only NAME[,NAME]] [--runs N] [--json]

Measures metalrig beside its peers and prints a table. Ours and the peer take
turns, so that a busy machine disturbs both; figures are medians. Exit code 0
when all was measured, 1 when something was not; no figure fails a target's run.

  --only NAME[,NAME]  topics or figures: ${TOPICS.map(({ name }) => name).join(', ')}
  --runs N            runs of each, 5 unless told
  --json              one JSON object a line on stdout for each figure, then
                      {"type":"report",...}; the table goes to stderr
`;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      runs: { type: 'string', default: '5' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const runs = Number(values.runs);
  const only = values.only?.split(',') ?? null;
  const complaint = complaintOf(runs, only);
  if (complaint !== null) {
    process.stderr.write(`${complaint}\n\n${HELP}`);
    return 2;
  }
  const isWanted = (figure: Figure, topic: Topic): boolean =>
    only === null || only.includes(topic.name) || only.includes(figure.name);
  const results: Result[] = [];
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const loadBefore = loadavg()[0] ?? 0;
  for (const topic of TOPICS) {
    for (const result of await measureTopic(topic, { runs, isWanted, progress })) {
      results.push(result);
      if (values.json) process.stdout.write(`${JSON.stringify(figureLine(result))}\n`);
    }
  }
  const table = `${tableLines(results).join('\n')}\n`;
  (values.json ? process.stderr : process.stdout).write(table);
  if (values.json) process.stdout.write(`${JSON.stringify(reportLine(results, { runs, loadBefore }))}\n`);
  return results.every(({ ours, missing }) => ours !== null && missing.length === 0) ? 0 : 1;
}

function complaintOf(runs: number, only: readonly string[] | null): string | null {
  if (!Number.isInteger(runs) || runs < 1) return '--runs takes a whole number from 1 on';
  const known = TOPICS.flatMap(({ name, figures }) => [name, ...figures.map((figure) => figure.name)]);
  const unknown = only?.find((name) => !known.includes(name));
  return unknown === undefined ? null : `there is no topic or figure ${unknown}; there are ${known.join(', ')}`;
}

function figureLine({ figure, topic, ours, peer, missing, ratio, isMet }: Result): object {
  const { name, measures, unit } = figure;
  const target = targetText(figure.target);
  return {
    type: 'figure',
    name,
    topic,
    measures,
    unit,
    ours,
    peer: peerLine(figure, peer),
    ratio,
    target,
    isMet,
    missing,
  };
}

function peerLine({ peer: name }: Figure, peer: Result['peer']): object | null {
  return name === null ? null : { name, ...peer };
}

function reportLine(results: readonly Result[], facts: { readonly runs: number; readonly loadBefore: number }): object {
  const named = (isMet: boolean): readonly string[] =>
    results.filter((result) => result.isMet === isMet).map(({ figure }) => figure.name);
  return {
    type: 'report',
    version: 1,
    ...facts,
    loadAfter: loadavg()[0],
    cores: cpus().length,
    processor: cpus()[0]?.model,
    versions: ownVersions(),
    met: named(true),
    missed: named(false),
    missing: results.flatMap(({ missing }) => missing),
  };
}

process.exitCode = await main(process.argv.slice(2));
