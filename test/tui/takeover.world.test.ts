import { rmSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Observation } from '../../core/evidence.js';
import { isRunning, killProcess } from '../../drivers/process/alive.js';
import { readUnitRecord } from '../../drivers/qemu/unit-record.js';
import { keptProcess, type KeptProcess, type Told } from '../kept-process.js';

const KEEPER = fileURLToPath(new URL('takeover-keeper.js', import.meta.url));
/** Twelve times what it takes on a machine with nothing else to do. */
const LIMIT_MS = 300_000;
/** Writes to the LUN, through to the target, once a second. */
const BEAT =
  'i=0; $b mount -o remount,rw /; while i=$((i+1)); do echo $i >/beat; $b sync; echo "beat $i"; $b sleep 1; done &';

const has =
  (member: string) =>
  (told: Told): boolean =>
    member in told;

const observed = ({ told }: KeptProcess): readonly Observation[] =>
  told.filter(has('observed')).map((one) => one['observed'] as Observation);

/** Comes when the console has said it, since this process came to it. */
async function said(kept: KeptProcess, what: RegExp): Promise<string> {
  for (;;) {
    const all = kept.told.map(({ says = '' }) => String(says)).join('');
    const found = what.exec(all);
    if (found !== null) return found[0];
    await kept.next(has('says'));
  }
}

void t.test(
  'a rack that lasts: whoever holds it is killed -> the next one has the same boot, which reads and writes its LUN',
  { timeout: LIMIT_MS },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'over-'));
    const record = () => readUnitRecord(join(directory, 'root1', 'node.json'));
    t.teardown(() => {
      const { running } = record();
      if (running !== null) killProcess(running);
      rmSync(directory, { recursive: true });
    });
    const first = keptProcess(KEEPER, [directory, 'nothing']);
    first.say('on');
    await first.next(({ observed: seen }) => (seen as Observation | undefined)?.kind === 'reached' && isUp(seen));
    first.say('type b=/bin/busybox');
    first.say(`type ${BEAT}`);
    await said(first, /beat 2\r/);
    await first.kill();
    const { running } = record();
    const shown = observed(first).filter(({ source }) => source === 'console').length;
    const stages = observed(first).flatMap((seen) => (seen.kind === 'reached' ? [seen.stage] : []));
    const second = keptProcess(KEEPER, [directory, JSON.stringify({ shown, stages })]);
    t.match(await second.next(has('found')), { found: { state: 'running', pid: running?.pid, powerOn: 1 } });
    const beat = await said(second, /beat \d+\r/);
    await said(second, new RegExp(`beat ${Number(/\d+/.exec(beat)?.[0]) + 1}\r`));
    second.say('type $b dd if=/dev/sda of=/dev/null bs=1M count=8 2>&1; $b cat /beat; echo "read $?"');
    await said(second, /8\+0 records in[^]*read 0\r/);
    t.same(observed(second), [], 'nothing is told twice, and nothing began anew');
    t.notOk(second.told.some(has('noted')));
    second.say('end');
    await second.gone;
    t.notOk(running !== null && isRunning(running), 'ended in order');
    t.match(record(), { powerOns: 1, running: null });
  },
);

function isUp(seen: unknown): boolean {
  return (seen as { readonly stage: string }).stage === 'up';
}
