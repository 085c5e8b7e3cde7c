import { runProcess } from '../../../../drivers/process/run.js';

/** Some of them wait 3 s by themselves for what must not come. */
const LIMIT_ms = 60_000;

export type Verdict = 'PASS' | 'FAIL' | 'SKIP' | 'TIMEOUT' | 'ERROR';

export interface ConformanceResult {
  readonly name: string;
  readonly verdict: Verdict;
  /** Why it was left out or failed, as iscsi-test-cu says it. */
  readonly why: string;
  readonly output: string;
}

/** All tests of its families SCSI and iSCSI, as `SCSI.Read10.Simple`; the family LINUX needs devices of the kernel. */
export async function conformanceTests(): Promise<readonly string[]> {
  const { output } = await runProcess({ argv: ['iscsi-test-cu', '-l'] });
  return output
    .toString()
    .split(/\s+/)
    .filter((word) => /^i?SCSI\.\w+\.[\w-]+$/.test(word));
}

/** Runs one test in a process of its own. It may destroy whatever is on the LUN. */
export async function runConformanceTest(
  name: string,
  urls: readonly string[],
  mode = '-n',
): Promise<ConformanceResult> {
  const argv = ['iscsi-test-cu', '-d', mode, '-t', name, ...urls] as const;
  const { output, errorTail, isAborted } = await runProcess({ argv }, AbortSignal.timeout(LIMIT_ms));
  const text = output.toString();
  return { name, ...verdictOf(text, isAborted), output: text + errorTail };
}

/** CUnit's summary counts tests that were left out as passed: they say so in their output. */
function verdictOf(text: string, isAborted: boolean): { readonly verdict: Verdict; readonly why: string } {
  const [, ran, , failed] = /\btests\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/.exec(text)?.slice(1) ?? [];
  const skipped = /\[SKIPPED\]\s*(.*)/.exec(text)?.[1];
  if (isAborted) return { verdict: 'TIMEOUT', why: `not done after ${LIMIT_ms} ms` };
  if (ran === undefined || ran === '0') return { verdict: 'ERROR', why: text.slice(-200) };
  if (failed !== '0') return { verdict: 'FAIL', why: /\[FAILED\]\s*(.*)/.exec(text)?.[1] ?? '' };
  return skipped === undefined ? { verdict: 'PASS', why: '' } : { verdict: 'SKIP', why: skipped };
}
