import { says, remedy } from '../../core/faults/fault.js';
import type { News } from '../../core/run/news.js';
import type { NodeReport, Report } from '../../core/report/report.js';

/** `   2.514 s`: ten columns. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3).padStart(8)} s`;
}

/** One line of a run as it happens, cut to `columns`. */
export function newsLine(news: News, columns: number): string {
  const { node, state, at_ms, evidence, unseen, fault } = news;
  const skipped = unseen.length === 0 ? '' : ` (unseen: ${unseen.join(', ')})`;
  const what = fault === null ? `${evidence ?? ''}${skipped}` : `${fault.code} ${says(fault)}`;
  return fit(`${seconds(at_ms)}  ${node.padEnd(8)} ${state.padEnd(12)} ${what}`, columns);
}

/** The closing lines for people. */
export function reportLines(report: Report, columns: number): readonly string[] {
  const nodes = Object.entries(report.nodes);
  const lines = nodes.length <= MOST_NODES ? nodes.map(([node, told]) => nodeLine(node, told)) : [countLine(nodes)];
  const faults = report.faults
    .slice(0, MOST_FAULTS)
    .flatMap((fault) => [
      `  ${fault.code} ${fault.node === undefined ? '' : `${fault.node}: `}${fault.says}`,
      `    ${fault.remedy}`,
    ]);
  const more = report.faults.length - MOST_FAULTS;
  return [
    '',
    fit(`${report.scenario} on ${report.world}, seed ${report.seed}: ${report.verdict.toUpperCase()}`, columns),
    ...lines.map((line) => fit(line, columns)),
    ...faults,
    ...(more > 0 ? [`  and ${more} more in the report`] : []),
    `replay token  ${report.token}`,
  ];
}

/** Above this many nodes a person wants numbers rather than rows. */
export const MOST_NODES = 16;
const MOST_FAULTS = 8;

function nodeLine(node: string, { outcome, stage, stages, boots }: NodeReport): string {
  const last = stages.at(-1);
  const at = last === undefined ? '' : `  at ${seconds(last.at_ms).trim()}`;
  const again = boots > 1 ? `  after ${boots} boots` : '';
  return `  ${node.padEnd(8)} ${outcome === 'up' ? 'up' : `${outcome} at ${stage}`}${at}${again}`;
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
  const head = [
    `# ${report.scenario} on ${report.world}: ${report.verdict}`,
    '',
    `Seed ${report.seed}, ${seconds(report.virtual_ms).trim()} of its own time in ${seconds(report.wall_ms).trim()}.`,
    `Replay: \`metalrig replay ${report.token}\``,
  ];
  const faults = report.faults.flatMap((fault) => [
    `- **${fault.code}** ${fault.kind}${fault.node === undefined ? '' : `, ${fault.node}`}: ${fault.says}`,
    `  - ${fault.remedy}`,
  ]);
  const nodes = Object.entries(report.nodes)
    .slice(0, MOST_PAGES)
    .flatMap(([node, told]) => ['', `## ${node}: ${told.outcome}`, '', ...stageRows(told)]);
  const cut =
    Object.keys(report.nodes).length > MOST_PAGES ? ['', `The first ${MOST_PAGES} nodes; all are in report.json.`] : [];
  return [...head, ...(faults.length === 0 ? [] : ['', '## Faults', '', ...faults]), ...nodes, ...cut, ''].join('\n');
}

const MOST_PAGES = 200;

function stageRows({ stages, fault }: NodeReport): readonly string[] {
  const rows = stages.map(({ stage, at_ms, took_ms, evidence }) => {
    const took = took_ms === null ? '' : seconds(took_ms).trim();
    return `| ${stage} | ${seconds(at_ms).trim()} | ${took} | ${(evidence ?? 'unseen').replaceAll('|', '\\|')} |`;
  });
  const cause = fault === null ? [] : ['', `Cause: ${says(fault)}. ${remedy(fault)}`];
  return ['| stage | at | took | evidence |', '|---|---|---|---|', ...rows, ...cause];
}
