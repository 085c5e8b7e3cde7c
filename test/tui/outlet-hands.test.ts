import t from 'tap';
import { PassThrough } from 'node:stream';
import type { OperatorPort } from '../../core/ports/operator.js';
import { parseSite } from '../../core/site/parse.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { OutletHands } from '../../tui/compose/outlet-hands.js';
import { terminalOperator } from '../../tui/cli/operator.js';
import { openPduLab, said } from '../drivers/pdu/lab.js';
import { PDU_MODEL } from '../../drivers/pdu/models/table.js';
import { faultIn } from '../fault-in.js';

const { signal } = new AbortController();

const SITE = `
version: 1
name: outlets
network: { subnet: 127.0.0.0/8, server: 127.0.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images:
  lucid: { kind: root }
nodes:
  root1:
    world: emulated
    mac: 52:54:00:99:00:11
    address: 127.0.0.11
    image: lucid
    power: pdu
    outlets: [{ pdu: left, outlet: 1 }, { pdu: right, outlet: '1.1' }]
  root2:
    world: emulated
    mac: 52:54:00:99:00:12
    address: 127.0.0.12
    image: lucid
    power: wake-on-lan
    outlets: [{ pdu: left, outlet: 2 }]
  root3:
    world: emulated
    mac: 52:54:00:99:00:13
    address: 127.0.0.13
    image: lucid
    power: wake-on-lan
  root4:
    world: emulated
    mac: 52:54:00:99:00:14
    address: 127.0.0.14
    image: lucid
    power: manual
pdus:
  left: { model: apc-rpdu, version: 2c, community: { env: COMMUNITY } }
  right:
    model: raritan-px2
    version: 3
    user: rig
    auth: { protocol: sha, password: { env: AUTHENTICATION } }
    privacy: { protocol: aes, password: { env: PRIVACY } }
`;
const SECRETS = { COMMUNITY: 'private', AUTHENTICATION: 'authentication-1', PRIVACY: 'privacy-12345' };

const nobody: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

interface Rack extends AsyncDisposable {
  readonly hands: OutletHands;
  readonly node: (id: string) => SiteNode;
  readonly log: readonly string[];
}

async function openRack(isUp = true): Promise<Rack> {
  const site: Site = parseSite(SITE, 'outlets.site.yaml');
  const left = await openPduLab({ model: PDU_MODEL['apc-rpdu'] });
  const right = await openPduLab({ model: PDU_MODEL['raritan-px2'] });
  const log: string[] = [];
  for (const [name, lab] of Object.entries({ left, right })) {
    lab.log.push = (line) => {
      log[log.length] = `${name} ${line}`;
      return log.length;
    };
  }
  const hands = new OutletHands({
    site,
    clock: systemClock(),
    secretOf: (reference) =>
      said(
        reference.from === 'env' ? (Object.entries(SECRETS).find(([name]) => name === reference.name)?.[1] ?? '') : '',
      ),
    placeOf: (pdu) => (isUp ? (pdu === 'left' ? left : right).emulated : null),
    operator: nobody,
    bmcPower: () => null,
  });
  const node = (id: string): SiteNode => {
    const found = site.nodes.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the site has no ${id}`);
    return found;
  };
  return {
    hands,
    node,
    log,
    async [Symbol.asyncDispose]() {
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

void t.test('outlet hands: a node with feeds of two PDUs -> both on for on; both off for off', async (t) => {
  await using rack = await openRack();
  const power = rack.hands.power(rack.node('root1'), 'pdu');
  t.equal(await power.read(signal), 'off');
  await power.ensure('on', signal);
  await power.ensure('off', signal);
  t.strictSame(rack.log, ['left 1 on', 'right 1 on', 'left 1 off', 'right 1 off']);
});

void t.test('outlet hands: woken over the network, with an outlet -> that reads and switches off', async (t) => {
  await using rack = await openRack();
  const power = rack.hands.power(rack.node('root2'), 'wake-on-lan');
  t.equal(await power.read(signal), 'off');
  await rack.hands
    .power({ ...rack.node('root1'), outlets: [{ pdu: 'left', outlet: '2' }] }, 'pdu')
    .ensure('on', signal);
  t.equal(await power.read(signal), 'on');
  await power.ensure('off', signal);
  t.strictSame(rack.log, ['left 2 on', 'left 2 off']);
  const alone = rack.hands.power(rack.node('root3'), 'wake-on-lan');
  t.match(await faultIn(alone.ensure('off', signal)), { code: 'WOL-001', node: 'root3' });
});

void t.test(
  'outlet hands: manual without a terminal -> MAN-001; a PDU of a rack that is not up -> PDU-015',
  async (t) => {
    await using rack = await openRack(false);
    t.match(await faultIn(rack.hands.power(rack.node('root4'), 'manual').ensure('on', signal)), { code: 'MAN-001' });
    const asking = async () => rack.hands.power(rack.node('root1'), 'pdu');
    t.match(await faultIn(asking()), { code: 'PDU-015', pdu: 'left' });
  },
);

function openTerminal(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  const shown = (): string => String(output.read() ?? '');
  return { input, output, shown, operator: terminalOperator({ input, output }) };
}

void t.test('operator: a question -> asked until it has an answer; the next question waits for it', async (t) => {
  const { input, operator, shown } = openTerminal(true);
  t.ok(operator.isThere());
  const first = operator.ask('On or off?', ['on', 'off'], signal);
  const second = operator.ask('Done?', ['done', 'no'], signal);
  input.write('what\n');
  input.write(' ON \n');
  t.equal(await first, 'on');
  input.write('done\n');
  t.equal(await second, 'done');
  t.equal(shown(), 'On or off? Please answer on or off.\nOn or off? Done? ');
});

void t.test('operator: the input ends, or the asker gives up -> null, AbortError; a pipe is nobody', async (t) => {
  const { input, operator } = openTerminal(true);
  const impatient = new AbortController();
  const asked = operator.ask('Done?', ['done'], impatient.signal);
  impatient.abort();
  await t.rejects(asked, { name: 'AbortError' });
  const again = operator.ask('Done?', ['done'], signal);
  input.end();
  t.equal(await again, null);
  t.notOk(openTerminal(false).operator.isThere());
});
