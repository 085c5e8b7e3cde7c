import t from 'tap';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { openQemuRack } from '../../../drivers/qemu/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { faultIn } from './fixtures.js';

/**
 * A tiny program in QEMU's place, for what a real one cannot be brought to do here: it speaks QMP, prints the banner,
 * and after `cont` does as its environment says.
 */
const FAKE = `#!${process.execPath}
const { connect } = require('node:net');
const path = process.argv.join(' ').match(/path=(\\S+)/)[1];
const monitor = connect(path);
const send = (message) => monitor.write(JSON.stringify(message) + '\\n');
send({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 } } } });
monitor.on('data', (bytes) => {
  for (const [, command, id] of String(bytes).matchAll(/"execute":"(\\S+?)".*?"id":(\\d+)/g)) {
    send({ return: command === 'query-status' ? { status: process.env.FAKE_STATUS } : {}, id: Number(id) });
    if (command === 'cont' && process.env.FAKE_STATUS) send({ event: 'STOP', data: {} });
    if (command === 'cont' && process.env.FAKE_SAYS) monitor.write(process.env.FAKE_SAYS + '\\n');
    if (command === 'cont' && process.env.FAKE_PRINTS) process.stdout.write(process.env.FAKE_PRINTS);
    if (command === 'quit') process.exit(0);
  }
});
`;

const node = nodeId('root1');
const { signal } = new AbortController();

/** What the rack observes of one power-on of such a QEMU, up to the first thing that `isLast` holds for. */
async function observe(
  environment: Readonly<Record<string, string>>,
  isLast: (observation: Observation) => boolean,
): Promise<{ readonly observed: readonly Observation[]; readonly log: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'fake-'));
  const path = process.env['PATH'] ?? '';
  await writeFile(join(directory, 'qemu-system-x86_64'), FAKE);
  await chmod(join(directory, 'qemu-system-x86_64'), 0o755);
  Object.assign(process.env, environment, { PATH: `${directory}:${path}` });
  const observed: Observation[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const rack = openQemuRack({
        nodes: [{ node, memory_mib: 64, nics: [] }],
        clock: systemClock(),
        accelerator: 'tcg',
        consoleDirectory: directory,
        socketDirectory: directory,
        observe(observation) {
          observed.push(observation);
          if (isLast(observation)) rack[Symbol.asyncDispose]().then(resolve, reject);
        },
      });
      rack.power.ensure(node, 'on', signal).catch(reject);
    });
    return { observed, log: await readFile(join(directory, 'root1.log'), 'utf8') };
  } finally {
    process.env['PATH'] = path;
    for (const name of Object.keys(environment)) delete process.env[name];
    await rm(directory, { recursive: true });
  }
}

void t.test('qemu: its status is internal-error after STOP -> ended with QMU-004', async (t) => {
  const { observed } = await observe({ FAKE_STATUS: 'internal-error' }, (observation) => observation.kind === 'ended');
  t.match(observed, [
    { kind: 'reached', stage: 'firmware', source: 'power' },
    { kind: 'ended', source: 'monitor', fault: { code: 'QMU-004', status: 'internal-error' } },
  ]);
});

void t.test('qemu: its console walks through a boot -> firmware once, then each stage, all in the log', async (t) => {
  const console = [
    'SeaBIOS (version 1.16.2)\r\n',
    'Registered SAN device 0x80\r\n',
    'GRUB loading.',
    '.\r\nMETALRIG STAGE kernel\r\nMETALRIG STAGE userland\r\nMETALRIG READY node=root1 image=lucid\r\n',
  ].join('');
  const isUp = (observation: Observation): boolean => observation.kind === 'reached' && observation.stage === 'up';
  const { observed, log } = await observe({ FAKE_PRINTS: console }, isUp);
  t.strictSame(
    observed.map((observation) => observation.kind === 'reached' && `${observation.source} ${observation.stage}`),
    ['power firmware', ...['iscsi.boot', 'bootloader', 'kernel', 'userland', 'up'].map((stage) => `console ${stage}`)],
  );
  t.equal(log, console);
});

void t.test('qemu: it is not installed -> HOST-001 with the package, and nothing is left open', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'none-'));
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = directory;
  await using rack = openQemuRack({
    nodes: [{ node, memory_mib: 64, nics: [] }],
    clock: systemClock(),
    accelerator: 'tcg',
    consoleDirectory: directory,
    socketDirectory: directory,
    observe: (observation) => t.fail(observation.what),
  });
  const fault = await faultIn(rack.power.ensure(node, 'on', signal));
  process.env['PATH'] = path;
  t.match(fault, { code: 'HOST-001', program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' });
  t.match(await faultIn(rack.power.ensure(nodeId('other'), 'on', signal)), { code: 'QMU-010', node: 'other' });
  await rm(directory, { recursive: true });
});
