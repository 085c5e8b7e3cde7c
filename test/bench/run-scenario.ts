import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../drivers/process/run.js';
import { PACKAGE_ROOT } from '../../tui/package.js';
import type { Readings } from './figure.js';

/** Eight boots on two busy cores. */
const LIMIT_MS = 600_000;

/**
 * `metalrig run SCENARIO --on emulated` as a user does it.
 * @returns nodes that came up; of the first of them the seconds from power-on to READY; wall, CPU and RSS of metalrig
 *   alone, its QEMUs not
 */
export async function runEmulated(scenario: string, folder: string): Promise<Readings> {
  const usage = join(folder, 'usage.json');
  const bundle = join(folder, 'bundle');
  rmSync(bundle, { recursive: true, force: true });
  const reporter = new URL('./report-usage.js', import.meta.url).href;
  const main = join(PACKAGE_ROOT, 'dist', 'bundle', 'main.js');
  const file = join(PACKAGE_ROOT, 'scenarios', `${scenario}.scenario.yaml`);
  const startedAt = performance.now();
  const { output, errorTail, exitCode } = await runProcess(
    {
      argv: [process.execPath, '--import', reporter, main, 'run', file, '--on', 'emulated', '--json', '--out', bundle],
      environment: { METALRIG_BENCH_USAGE: usage },
    },
    AbortSignal.timeout(LIMIT_MS),
  );
  const wall_s = (performance.now() - startedAt) / 1000;
  const report = output.toString().trimEnd().split('\n').at(-1) ?? '';
  if (exitCode !== 0) throw new Error(`${scenario} ended with ${exitCode}: ${report.slice(0, 300)} ${errorTail}`);
  return { ...(JSON.parse(readFileSync(usage, 'utf8')) as Usage), ...arrivals(report), wall_s };
}

/** As `report-usage.ts` wrote it. */
interface Usage {
  readonly cpu_s: number;
  readonly rss_mb: number;
}

/** The part of `report.json` that is read here; our own program has just printed it. */
interface Report {
  readonly nodes: Readonly<
    Record<string, { readonly stages: readonly { readonly stage: string; readonly at_ms: number }[] }>
  >;
}

function arrivals(line: string): { readonly arrived: number; readonly ready_s: number } {
  const { nodes } = JSON.parse(line) as Report;
  const took = Object.values(nodes).flatMap(({ stages }) => {
    const on = stages.find(({ stage }) => stage === 'firmware');
    const up = stages.find(({ stage }) => stage === 'up');
    return on === undefined || up === undefined ? [] : [(up.at_ms - on.at_ms) / 1000];
  });
  return { arrived: took.length, ready_s: took[0] ?? Number.NaN };
}

/** Where a program of this folder lies once it is compiled. */
export function benchProgram(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
