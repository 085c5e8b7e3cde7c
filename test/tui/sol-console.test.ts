import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { consoleHub } from '../../core/console/hub.js';
import type { Observation } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';
import { VirtualClock } from '../../sim/clock.js';
import { SolConsole } from '../../tui/compose/sol-console.js';
import { faultIn } from '../fault-in.js';
import { scratchOf } from '../run-metalrig.js';

const node = nodeId('root1');
const { signal } = new AbortController();
const lost: Fault = { code: 'CON-001', kind: 'console.lost', node, why: 'the BMC restarts' };

/** A node that talks, and a BMC that brings something of it. */
function lab(t: Test) {
  const directory = scratchOf(t);
  const clock = new VirtualClock();
  const hub = consoleHub({ node, clock, send: () => {} });
  const seen: Observation[] = [];
  const heard: string[] = [];
  let say: (bytes: Uint8Array) => void = () => {};
  const console = new SolConsole({
    node,
    console: { attach: (listener) => hub.seat(listener) },
    line: { onOutput: (listener) => ((say = listener), () => {}) },
    clock,
    directory,
    heard: (bytes) => void heard.push(bytes.toString('latin1')),
    observe: (observation) => void seen.push(observation),
  });
  const file = (ending: string): string => readFileSync(join(directory, `root1.${ending}`), 'latin1');
  return { clock, hub, seen, heard, console, file, say: (text: string) => say(Buffer.from(text, 'latin1')) };
}

void t.test(
  'sol console: all that the node says is brought -> evidence, kept with times, and nothing to tell',
  async (t) => {
    const { clock, hub, heard, console, file, say } = lab(t);
    const attached = console.attached(signal);
    say('before it was attached');
    hub.line(null);
    await attached;
    await console.attached(signal);
    say('caf\u00e9\r\n');
    clock.run(1_500);
    hub.heard('caf');
    const closed = console.close();
    hub.heard('\u00e9\r\n');
    await closed;
    t.equal(heard.join(''), 'caf\u00e9\r\n');
    t.equal(file('log'), 'caf\u00e9\r\n');
    t.strictSame(JSON.parse(file('cast').split('\n')[1] ?? ''), [1.5, 'o', 'caf']);
  },
);

void t.test('sol console: bytes that are doubled, or never come -> CON-007 with their place', async (t) => {
  const doubled = lab(t);
  doubled.hub.line(null);
  await doubled.console.attached(signal);
  doubled.say('abc');
  doubled.hub.heard('ab');
  doubled.hub.heard('abc');
  t.match(await faultIn(doubled.console.close()), { code: 'CON-007', at_bytes: 2 });

  const short = lab(t);
  short.hub.line(null);
  await short.console.attached(signal);
  short.say('abc');
  short.hub.heard('ab');
  const closing = faultIn(short.console.close());
  short.clock.run(5_000);
  t.match(await closing, { code: 'CON-007', at_bytes: 2 });
});

void t.test(
  'sol console: the line is lost and comes back -> trouble, and no complaint of what did not come',
  async (t) => {
    const { hub, seen, console, say } = lab(t);
    hub.line(null);
    await console.attached(signal);
    hub.line(lost);
    say('while nobody listened');
    t.match(seen, [{ kind: 'trouble', source: 'console', fault: { code: 'CON-001' } }]);
    const back = console.attached(signal);
    hub.line(null);
    await back;
    say('abc');
    await console.close();
  },
);

void t.test('sol console: it cannot be had -> why; it may be had later, or the asker leaves', async (t) => {
  const { clock, hub, console } = lab(t);
  const first = faultIn(console.attached(signal));
  hub.line({ code: 'IPM-002', kind: 'password.wrong', node, bmc: 'b', user: 'admin' });
  t.match(await first, { code: 'IPM-002' });
  const late = faultIn(console.attached(signal));
  clock.run(30_000);
  t.match(await late, { code: 'CON-001' });
  const stop = new AbortController();
  const left = t.rejects(console.attached(stop.signal), { name: 'AbortError' });
  stop.abort();
  await left;
  const again = console.attached(signal);
  hub.line(null);
  await again;
  await console.close();
});
