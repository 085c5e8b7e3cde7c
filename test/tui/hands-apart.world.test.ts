import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isFar } from '../../core/far/far-effects.js';
import { FaultError } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { readJournalFile } from '../../drivers/journal-file/driver.js';
import { RackPlace } from '../../tui/rack/place.js';
import { reached, reachOf } from '../../tui/rack/reach.js';
import { command, metalrig, scratchOf } from '../run-metalrig.js';

const PASSWORD = 'open-sesame';
const SITE = `version: 1
name: apart
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  root1:
    world: emulated
    mac: 52:54:00:99:00:11
    address: 10.99.0.11
    image: lucid
    bmc: { protocol: ipmi, user: admin, password: { env: METALRIG_BMC_PASSWORD } }
    hands: east
`;

/** Comes when the rack's journal has it, whenever it was written. */
async function seenIn(place: RackPlace, isWanted: (entry: Entry) => boolean): Promise<void> {
  const { bus } = await reached(reachOf(place), 'watch');
  await new Promise<void>((resolve, reject) => {
    bus.watch({
      from: 1,
      onEntries: ({ entries }) => void (entries.some(isWanted) && resolve()),
      onBroken: (fault) => reject(new FaultError(fault)),
    });
  });
  await bus.close();
}

const entered = (machine: string, state: string) => (entry: Entry) =>
  entry.entry === 'entered' && entry.machine === machine && entry.state === state;

void t.test(
  'hands apart: a node of a rack that is up is switched by another process, killed at it and started again',
  { timeout: 120_000 },
  async (t) => {
    const racks = scratchOf(t);
    const site = join(racks, 'apart.site.yaml');
    writeFileSync(site, SITE);
    const environment = { METALRIG_BMC_PASSWORD: PASSWORD, METALRIG_RACKS: racks };
    const place = new RackPlace(join(racks, 'apart'), 'apart');
    const words = ['hands', site, '--name', 'east', '--json'];
    const power = (want: string) =>
      command(['rack', 'tell', 'apart', 'node.power', `{"node":"root1","want":"${want}"}`], { environment });

    t.match(await metalrig(['rack', 'up', site, '--json'], { environment }), { code: 0 });
    t.teardown(() => command(['rack', 'down', 'apart'], { environment }));
    t.match(await power('on'), { code: 0 });
    const killed = await metalrig(words, {
      environment,
      onOutput: (out, kill) => void (out.includes('"asked"') && kill('SIGKILL')),
    });
    t.match(killed, {
      code: null,
      lines: [
        { type: 'serving', open: 0 },
        { type: 'asked', node: 'root1' },
      ],
    });

    let pid = 0;
    const second = metalrig(words, { environment, onStart: (number) => (pid = number) });
    await seenIn(place, entered('boot:root1', 'firmware'));
    t.match(await power('off'), { code: 0 });
    await seenIn(place, (entry) => entry.entry === 'effect.done' && 'power' in entry.output && isOff(entry.output));
    process.kill(pid, 'SIGTERM');
    const ended = await second;
    t.match(ended, { code: 130, lines: [{ type: 'serving' }, { type: 'asked' }] });
    const { run = '' } = place.keeper() ?? {};
    t.match(await command(['rack', 'down', 'apart'], { environment }), { code: 0 });

    const { entries } = readJournalFile(join(run, 'journal.jsonl'));
    t.strictSame(fold(entries, compiledSteppers()).divergences, []);
    const asked = entries.filter((entry) => entry.entry === 'effect.asked' && isFar(entry.effect));
    const told = entries.flatMap((entry) => (entry.entry === 'requested' ? [entry.said?.topic] : []));
    t.equal(told.filter((topic) => topic === 'effect.done').length, asked.length, 'each was done by the hands, once');
    t.equal(told.filter((topic) => topic === 'hands.ready').length, 2);
    const kept = readFileSync(join(place.folder, 'hands-east.jsonl'), 'utf8');
    t.notOk(kept.includes(PASSWORD) || JSON.stringify(entries).includes(PASSWORD));
  },
);

function isOff({ power }: { readonly power: unknown }): boolean {
  return power === 'off';
}
