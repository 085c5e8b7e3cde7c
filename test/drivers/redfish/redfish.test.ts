import { createServer } from 'node:net';
import { createServer as createHttp, type RequestListener } from 'node:http';
import t, { type Test } from 'tap';
import { faultOf, remedy, says, type FaultCode } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import type { BootDevicePort } from '../../../core/ports/boot-device.js';
import type { PowerPort } from '../../../core/ports/power.js';
import type { RedfishBmc } from '../../../drivers/redfish/bmc.js';
import type { RedfishLies } from '../../../drivers/redfish-service/lies.js';
import { selfSigned } from '../../../drivers/redfish-service/certificate.js';
import { bootDeviceContract } from '../../contracts/boot-device.contract.js';
import { powerContract } from '../../contracts/power.contract.js';
import { openRedfishLab, PASSWORD, QUICK, UUID, type RedfishLab } from './redfish-lab.js';

const node = nodeId('root1');
const { signal } = new AbortController();
const NETWORK = { device: 'network', lasts: 'always' } as const;
const CD_ONCE = { device: 'cdrom', lasts: 'once' } as const;

function powerPort({ power }: RedfishBmc): PowerPort {
  return { read: (_, when) => power.read(when), ensure: (_, want, when) => power.ensure(want, when) };
}

function bootDevicePort({ bootDevice }: RedfishBmc): BootDevicePort {
  return { ensure: (_, want, when) => bootDevice.ensure(want, when) };
}

for (const byTasks of [false, true]) {
  powerContract(byTasks ? 'redfish, by tasks' : 'redfish', async () => {
    const lab = await openRedfishLab({ byTasks });
    const switchings = { on: 0, off: 0 };
    let known = lab.chassis.power();
    lab.chassis.onChange(() => {
      const now = lab.chassis.power();
      if (now !== known) switchings[now] += 1;
      known = now;
    });
    const power = powerPort(lab.client());
    return {
      power,
      node,
      switchings: () => ({ ...switchings }),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  });
}

bootDeviceContract('redfish', async () => {
  const lab = await openRedfishLab();
  const bmc = lab.client();
  const triedFirst = async () => {
    await bmc.power.ensure('on', signal);
    const device = lab.machine.starts.at(-1) ?? null;
    await bmc.power.ensure('off', signal);
    if (device === null) throw new Error('the firmware went by its own order');
    return device;
  };
  return {
    bootDevice: bootDevicePort(bmc),
    node,
    triedFirst,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
});

async function openLab(t: Test, options?: Parameters<typeof openRedfishLab>[0]): Promise<RedfishLab> {
  const lab = await openRedfishLab(options);
  t.teardown(() => lab[Symbol.asyncDispose]());
  return lab;
}

/** Fails with that Fault, which has something to say and a remedy, and tells no secret. */
async function rejectsWith(t: Test, work: Promise<unknown>, code: FaultCode): Promise<void> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  const fault = faultOf(thrown);
  t.equal(fault?.code, code, thrown instanceof Error ? thrown.message : 'it was done');
  if (fault === null) return;
  const told = `${JSON.stringify(fault)} ${says(fault)} ${remedy(fault)}`;
  t.notMatch(told, PASSWORD);
}

void t.test('redfish: cycle -> off and on; of one that is off -> on', async (t) => {
  const { client, machine, chassis } = await openLab(t);
  const bmc = client();
  await bmc.power.cycle(signal);
  t.equal(chassis.power(), 'on');
  await bmc.power.cycle(signal);
  t.equal(chassis.power(), 'on');
  t.equal(machine.starts.length, 2);
});

void t.test('redfish: what it can tell of a machine', async (t) => {
  const { client, chassis } = await openLab(t);
  const bmc = client();
  await t.test('identity', async (t) => {
    t.match(await bmc.identity.read(signal), {
      protocol: 'redfish',
      protocolVersion: /^1\.\d+\.\d+$/,
      manufacturer: 'metalrig',
      serial: 'root1',
      firmware: '1.0',
      guid: UUID,
    });
  });
  await t.test('sensors', async (t) => {
    t.strictSame(await bmc.sensors.read(signal), [
      { name: 'CPU1 Temp', value: 41, unit: 'degrees C', health: 'ok', text: '' },
      { name: 'FAN1', value: 5400, unit: 'RPM', health: 'warning', text: '' },
      { name: 'PSU1', value: 120, unit: 'Watts', health: 'ok', text: '' },
    ]);
  });
  await t.test('event log: read, cleared, cleared again', async (t) => {
    await bmc.power.ensure('on', signal);
    const records = await bmc.eventLog.read(signal);
    t.match(records, [{ about: 'Power', says: 'The machine is on.', severity: 'ok', at: /^2026/ }]);
    await bmc.eventLog.clear(signal);
    await bmc.eventLog.clear(signal);
    t.strictSame(await bmc.eventLog.read(signal), []);
  });
  await t.test('locator light', async (t) => {
    await bmc.identify.ensure('on', signal);
    await bmc.identify.ensure('on', signal);
    t.equal(chassis.isIdentifying(), true);
    await bmc.identify.ensure('off', signal);
    t.equal(chassis.isIdentifying(), false);
  });
  await t.test('boot device', async (t) => {
    t.equal(await bmc.bootDevice.read(signal), null);
    await bmc.bootDevice.ensure(CD_ONCE, signal);
    t.strictSame(await bmc.bootDevice.read(signal), CD_ONCE);
    t.match(chassis.bootOverride(), CD_ONCE);
  });
});

void t.test('redfish: sensors of a chassis without Thermal and Power -> from a resource each', async (t) => {
  const { client, lie } = await openLab(t);
  lie({ lacks: ['Thermal', 'Power'] });
  t.match(await client().sensors.read(signal), [
    { name: 'CPU1 Temp', value: 41, unit: 'degrees C' },
    { name: 'FAN1', value: 5400, unit: 'RPM', health: 'warning' },
    { name: 'PSU1', value: 120, unit: 'Watts' },
  ]);
});

for (const byTasks of [false, true]) {
  void t.test(
    `redfish: virtual media${byTasks ? ', by tasks' : ''} -> in, exchanged, out; twice is once`,
    async (t) => {
      const { client, chassis, fetched } = await openLab(t, { byTasks });
      const bmc = client();
      const [one, other] = ['http://images/one.iso', 'http://images/other.iso'];
      await bmc.media.ensure('cdrom', one, signal);
      await bmc.media.ensure('cdrom', one, signal);
      t.equal(chassis.medium('cdrom'), '/scratch/1.iso');
      await bmc.media.ensure('cdrom', other, signal);
      t.equal(await bmc.media.read('cdrom', signal), other);
      t.equal(await bmc.media.read('usb', signal), null);
      await bmc.media.ensure('cdrom', null, signal);
      await bmc.media.ensure('cdrom', null, signal);
      t.equal(chassis.medium('cdrom'), null);
      t.strictSame(fetched, [one, other]);
    },
  );
}

void t.test('redfish: the sessions are gone -> it logs in again, and leaves none behind', async (t) => {
  const { client, url } = await openLab(t);
  const bmc = client();
  await bmc.power.ensure('on', signal);
  const login = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const post = await fetch(`${url}/redfish/v1/Managers/1/Actions/Manager.Reset`, {
    method: 'POST',
    headers: { Authorization: login },
    body: '{"ResetType":"ForceRestart"}',
  });
  t.equal(post.status, 204);
  t.equal(await bmc.power.read(signal), 'on');
  await bmc[Symbol.asyncDispose]();
  const sessions = await fetch(`${url}/redfish/v1/SessionService/Sessions`, { headers: { Authorization: login } });
  t.match(await sessions.json(), { 'Members@odata.count': 0 });
});

void t.test('redfish: somebody changes the system each time before us -> given up, and said', async (t) => {
  const { client, lie, chassis } = await openLab(t);
  lie({ restlessEtags: true });
  await rejectsWith(t, client().bootDevice.ensure(NETWORK, signal), 'RDF-011');
  t.equal(chassis.bootOverride().device, null);
});

void t.test('redfish: the lying BMC -> noticed and named, or worked around', async (t) => {
  const lab = await openLab(t);
  const { client, lie, chassis } = lab;
  const cases: readonly {
    readonly lies: Partial<RedfishLies>;
    readonly asked: (bmc: RedfishBmc) => Promise<unknown>;
    readonly code: FaultCode | null;
    readonly before?: 'on' | 'off';
  }[] = [
    { lies: { stalePower: true }, asked: ({ power }) => power.ensure('on', signal), code: 'RDF-013' },
    { lies: { powerOnWithoutEffect: true }, asked: ({ power }) => power.ensure('on', signal), code: 'RDF-013' },
    { lies: { cycleLeavesOff: true }, asked: ({ power }) => power.cycle(signal), code: null, before: 'on' },
    {
      lies: { writeOnlyBootDevice: true },
      asked: ({ bootDevice }) => bootDevice.ensure(NETWORK, signal),
      code: 'RDF-014',
    },
    { lies: { losesBootDevice: true }, asked: ({ bootDevice }) => bootDevice.ensure(CD_ONCE, signal), code: 'RDF-014' },
    { lies: { takesAnyPassword: true }, asked: (bmc) => bmc.verify(signal), code: 'RDF-018' },
    { lies: { refusesPasswords: true }, asked: ({ power }) => power.read(signal), code: 'RDF-006' },
    { lies: { needsReset: true }, asked: ({ power }) => power.read(signal), code: 'RDF-016' },
    { lies: { slow_ms: 20 }, asked: ({ power }) => power.read(signal), code: null },
    { lies: { answersHtml: true }, asked: ({ power }) => power.read(signal), code: 'RDF-009' },
    { lies: { lacks: ['VirtualMedia'] }, asked: ({ media }) => media.read('cdrom', signal), code: 'RDF-008' },
    { lies: { lacks: ['LogServices'] }, asked: ({ eventLog }) => eventLog.read(signal), code: 'RDF-008' },
    { lies: { lacks: ['Systems'] }, asked: ({ power }) => power.read(signal), code: 'RDF-008' },
    { lies: { lacks: ['PowerState'] }, asked: ({ power }) => power.read(signal), code: 'RDF-008' },
    {
      lies: { failsTasks: true },
      asked: ({ media }) => media.ensure('cdrom', 'http://images/a.iso', signal),
      code: 'RDF-016',
    },
  ];
  for (const { lies, asked, code, before = 'off' } of cases) {
    lie({});
    await chassis.setPower(before, signal);
    lie(lies);
    const bmc = client();
    const name = JSON.stringify(lies);
    await t.test(`${name} -> ${code ?? 'worked around'}`, async (t) => {
      if (code !== null) return rejectsWith(t, asked(bmc), code);
      await t.resolves(asked(bmc));
      t.equal(chassis.power(), before);
    });
  }
  lie({});
  await t.resolves(client().verify(signal));
});

void t.test('redfish: a task that fails -> said with what the BMC says', async (t) => {
  const { client, lie } = await openLab(t, { byTasks: true });
  lie({ failsTasks: true });
  await rejectsWith(t, client().power.ensure('on', signal), 'RDF-012');
});

void t.test('redfish: silent after a burst -> waited for, and asked again', async (t) => {
  const { client, lie } = await openLab(t);
  lie({ silentAfterBurst: { requests: 3, silent_ms: 100 } });
  const bmc = client({ timing: { ...QUICK, request_ms: 80, call_ms: 4_000 } });
  t.equal(await bmc.power.read(signal), 'off');
});

void t.test('redfish: nobody there, or somebody else -> told apart', async (t) => {
  const { client, port, lie, url } = await openLab(t);
  const silent = { ...QUICK, request_ms: 40, call_ms: 300 };
  await rejectsWith(t, client({ password: () => Promise.resolve('wrong') }).power.read(signal), 'RDF-006');
  await rejectsWith(t, client({ user: 'nobody' }).power.read(signal), 'RDF-006');
  await rejectsWith(t, client({ system: '7' }).power.read(signal), 'RDF-017');
  await rejectsWith(t, client({ url: 'http://no-such-host.invalid' }).power.read(signal), 'RDF-001');
  await rejectsWith(t, client({ url: url.replace('http:', 'https:') }).power.read(signal), 'RDF-009');
  t.throws(() => client({ url: `http://admin:${PASSWORD}@127.0.0.1:${port}` }), /RDF-021 (?!.*horse)/);
  t.throws(() => client({ url: 'ftp://127.0.0.1' }), /RDF-021/);
  lie({ gone: true });
  await rejectsWith(t, client({ timing: silent }).power.read(signal), 'RDF-004');
});

void t.test('redfish: others that listen there -> told apart', async (t) => {
  const { client } = await openLab(t);
  const page: RequestListener = (_, response) =>
    void response.writeHead(404, { 'Content-Type': 'text/html' }).end('<p>');
  const moved: RequestListener = (_, response) =>
    void response.writeHead(301, { Location: 'https://elsewhere/' }).end();
  const json: RequestListener = (_, response) => void response.end('{"name":"a service of another kind"}');
  const endless: RequestListener = (_, response) => {
    const more = (): void => void (response.destroyed || response.write('x'.repeat(1 << 20), more));
    more();
  };
  for (const [name, listener] of Object.entries({ page, moved, json, endless })) {
    const server = createHttp(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    await t.test(name, (t) => rejectsWith(t, client({ url: urlOf(server) }).power.read(signal), 'RDF-009'));
  }
  const raw = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('SSH-2.0-OpenSSH_9.2\r\n'),
  );
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const url = urlOf(raw);
  await rejectsWith(t, client({ url }).power.read(signal), 'RDF-009');
  await new Promise<void>((resolve) => raw.close(() => resolve()));
  await rejectsWith(t, client({ url }).power.read(signal), 'RDF-002');
});

function urlOf(server: { readonly address: () => unknown }): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('it has a port');
  return `http://127.0.0.1:${String(address.port)}`;
}

void t.test('redfish: TLS -> verified, unless the site says whom to trust', async (t) => {
  const [from, to] = [new Date('2026-01-01'), new Date('2046-01-01')];
  const own = selfSigned(['127.0.0.1'], from, to);
  const named = selfSigned(['bmc-root1'], from, to);
  const expired = selfSigned(['127.0.0.1'], from, new Date('2026-02-01'));
  const open = async (certificate: typeof own): Promise<RedfishLab> => openLab(t, { tls: certificate });
  const lab = await open(own);
  await rejectsWith(t, lab.client().power.read(signal), 'RDF-005');
  await rejectsWith(t, lab.client({ tls: { ca: named.certificate } }).power.read(signal), 'RDF-005');
  t.equal(await lab.client({ tls: { ca: own.certificate } }).power.read(signal), 'off');
  t.equal(await lab.client({ tls: 'insecure' }).power.read(signal), 'off');
  const otherName = await open(named);
  t.equal(
    await otherName.client({ tls: { ca: named.certificate } }).power.read(signal),
    'off',
    'that very certificate',
  );
  const old = await open(expired);
  await rejectsWith(t, old.client({ tls: { ca: expired.certificate } }).power.read(signal), 'RDF-005');
});

void t.test('redfish: given up while it waits -> at once, and nothing is left to be done', async (t) => {
  const { client, lie, chassis } = await openLab(t);
  lie({ gone: true });
  const bmc = client();
  const asking = new AbortController();
  const [first, second] = [bmc.power.ensure('on', asking.signal), bmc.power.ensure('on', asking.signal)];
  asking.abort();
  await t.rejects(first, { name: 'AbortError' });
  await t.rejects(second, { name: 'AbortError' });
  lie({});
  t.equal(await bmc.power.read(signal), 'off');
  t.equal(chassis.power(), 'off');
});
