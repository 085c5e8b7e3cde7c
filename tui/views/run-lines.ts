import { says } from '../../core/faults/fault.js';
import type { News } from '../../core/run/news.js';
import { imageLines, imageSections } from './lifecycle-lines.js';
import type { NodeReport, Report, ToldFault } from '../../core/report/report.js';

/** `   2.514 s`: ten columns. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3).padStart(8)} s`;
}

/** How wide a line may be, and its column of names. */
export interface LineShape {
  readonly columns: number;
  readonly name: number;
}

/** The column of names is as wide as the longest, within reason: what comes behind it is to be seen as well. */
export function nameColumns(names: readonly string[]): number {
  return Math.min(24, Math.max(8, ...names.slice(0, MOST_NAMES).map((name) => name.length)));
}

const MOST_NAMES = 1_000;

/** One line of a run as it happens, cut to its columns. */
export function newsLine(news: News, { columns, name }: LineShape): string {
  const { node, state, at_ms, evidence, unseen, fault } = news;
  const skipped = unseen.length === 0 ? '' : ` (unseen: ${unseen.join(', ')})`;
  const what = fault === null ? `${evidence ?? ''}${skipped}` : `${fault.code} ${says(fault)}`;
  return fit(`${seconds(at_ms)}  ${node.padEnd(name)} ${state.padEnd(15)} ${what}`, columns);
}

/** What a node was seen at last, and when; and how far a write to its disk is. */
export interface Latest {
  readonly news: News;
  readonly at: number;
  readonly write: { readonly slot: number; readonly percent: number } | null;
}

const AT_REST: ReadonlySet<string> = new Set(['up', 'off', 'failed']);

/** What is under way, on one line: `root1 kernel 3 s   mesh1 ramdisk 9 s, slot 2 40 %`; nodes at rest are left out. */
export function statusLine(latest: readonly Latest[], now: number): string {
  return latest
    .filter(({ news }) => !AT_REST.has(news.state))
    .map(({ news, at, write }) => {
      const writing = write === null ? '' : `, slot ${write.slot} ${write.percent} %`;
      return `${news.node} ${news.state} ${Math.floor((now - at) / 1_000)} s${writing}`;
    })
    .join('   ');
}

/** The closing lines for people. */
export function reportLines(report: Report, columns: number): readonly string[] {
  const nodes = Object.entries(report.nodes);
  const name = nameColumns([...Object.keys(report.nodes), ...Object.keys(report.images ?? {})]);
  const lines =
    nodes.length <= MOST_NODES ? nodes.map(([node, told]) => nodeLine(node, told, name)) : [countLine(nodes)];
  const faults = report.faults
    .slice(0, MOST_FAULTS)
    .flatMap((fault) => [`  ${fault.code} ${withNode(fault)}`, `    ${fault.remedy}`]);
  const more = report.faults.length - MOST_FAULTS;
  return [
    '',
    fit(`${report.scenario} on ${report.world}, seed ${report.seed}: ${report.verdict.toUpperCase()}`, columns),
    ...(isMeantToFail(report) ? ['  its nodes failed as the scenario expects'] : []),
    ...lines.map((line) => fit(line, columns)),
    ...imageLines(report.images ?? {}, name).map((line) => fit(line, columns)),
    ...faults,
    ...(more > 0 ? [`  and ${more} more in the report`] : []),
    `replay token  ${report.token}`,
  ];
}

/** Above this many nodes a person wants numbers rather than rows. */
export const MOST_NODES = 16;
const MOST_FAULTS = 8;

function nodeLine(node: string, { outcome, stage, stages, boots }: NodeReport, name: number): string {
  const last = stages.at(-1);
  // A failed boot stayed in its last stage for a while: the instant that counts is when it failed.
  // And a node that was powered off had its last stage before that.
  const at = last === undefined || outcome === 'off' ? '' : `  at ${seconds(last.at_ms + (last.took_ms ?? 0)).trim()}`;
  const again = boots > 1 ? `  after ${boots} boots` : '';
  const is = outcome === 'failed' || outcome === 'unfinished' ? `${outcome} in ${stage}` : outcome;
  return `  ${node.padEnd(name)} ${is}${at}${again}`;
}

/** A scenario about a failure passes when it happens: its faults are then no news of something broken. */
function isMeantToFail({ verdict, faults }: Report): boolean {
  return verdict === 'pass' && faults.length > 0;
}

/** What a fault says, led by its node where the words do not begin with it. */
function withNode({ node, says: words }: ToldFault): string {
  return node === undefined || words.startsWith(`${node}:`) ? words : `${node}: ${words}`;
}

function countLine(nodes: readonly (readonly [string, NodeReport])[]): string {
  const counts = new Map<string, number>();
  for (const [, { outcome }] of nodes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return `  ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`;
}

export function fit(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** `report.md`: the report for a person who opens the bundle cold. */
export function reportPage(report: Report): string {
  const nodes = Object.entries(report.nodes);
  const told = nodes.slice(0, MOST_PAGES).flatMap(([node, facts]) => nodeSection(node, facts));
  const cut = nodes.length > MOST_PAGES ? ['', `The first ${MOST_PAGES} nodes; all are in report.json.`] : [];
  return [
    `# ${report.scenario} on ${report.world}: ${report.verdict}`,
    '',
    `Seed ${report.seed}, ${seconds(report.virtual_ms).trim()} of its own time in ${seconds(report.wall_ms).trim()}.`,
    `Replay: \`npx metalrig replay ${report.token}\``,
    ...faultSection(report),
    ...imageSections(report.images ?? {}),
    ...told,
    ...cut,
    '',
    '## Files',
    '',
    FILES[report.world === 'sim' ? 'sim' : 'seen'],
    '',
  ].join('\n');
}

const MOST_PAGES = 200;

/** Beside this page; what only a world with real frames and consoles leaves behind comes second. */
const FILES = {
  sim: 'Every step is in `journal.jsonl`, these facts for programs in `report.json`.',
  seen:
    'Every step is in `journal.jsonl`, every frame in `wire.pcapng`, each serial console in `console/`, ' +
    'these facts for programs in `report.json`.',
} as const;

function faultSection(report: Report): readonly string[] {
  if (report.faults.length === 0) return [];
  const rows = report.faults.flatMap((fault) => [
    `- **${fault.code}** ${withNode(fault)} (\`${fault.kind}\`)`,
    `  - ${fault.remedy}`,
  ]);
  const meant = isMeantToFail(report) ? ['The scenario expects its nodes to fail in this way:', ''] : [];
  return ['', '## Faults', '', ...meant, ...rows];
}

function nodeSection(node: string, { outcome, stage, stages, fault, last_evidence }: NodeReport): readonly string[] {
  const rows = stages.map((passed) => {
    const took = passed.took_ms === null ? '' : seconds(passed.took_ms).trim();
    const evidence = (passed.evidence ?? 'unseen').replaceAll('|', '\\|');
    return `| ${passed.stage} | ${seconds(passed.at_ms).trim()} | ${took} | ${evidence} |`;
  });
  const cause = fault === null ? [] : ['', `Cause: **${fault.code}** ${says(fault)}.`];
  const seen =
    outcome === 'up' || outcome === 'off' || last_evidence === null ? [] : ['', `Seen last: ${last_evidence}`];
  return [
    '',
    `## ${node}: ${outcome === 'up' || outcome === 'off' ? outcome : `${outcome} in ${stage}`}`,
    '',
    '| stage | at | took | evidence |',
    '|---|---|---|---|',
    ...rows,
    ...cause,
    ...seen,
  ];
}
