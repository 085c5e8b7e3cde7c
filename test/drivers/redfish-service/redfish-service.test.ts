import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { BMC_MISHAP_KINDS } from '../../../core/scenario/bmc-mishaps.js';
import { selfSigned } from '../../../drivers/redfish-service/certificate.js';
import { liesOf, NO_LIES } from '../../../drivers/redfish-service/lies.js';
import { mediaFiles } from '../../../drivers/redfish-service/media-files.js';
import { VirtualClock } from '../../../sim/clock.js';
import { scratchOf } from '../../run-metalrig.js';
import { openRedfishLab, PASSWORD, USER, UUID, type RedfishLab } from '../redfish/redfish-lab.js';

const SYSTEM = '/redfish/v1/Systems/1';
const RESET = `${SYSTEM}/Actions/ComputerSystem.Reset`;
const BASIC = basic(USER, PASSWORD);

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function ask(lab: RedfishLab, path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const text = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body);
  const answer = await fetch(`${lab.url}${path}`, {
    method,
    headers: { Authorization: BASIC, ...headers },
    body: text,
  });
  const said = await answer.text();
  const json: unknown = said.startsWith('{') ? JSON.parse(said) : null;
  return { status: answer.status, headers: answer.headers, json, said };
}

async function openLab(t: Test, options?: Parameters<typeof openRedfishLab>[0]): Promise<RedfishLab> {
  const lab = await openRedfishLab(options);
  t.teardown(() => lab[Symbol.asyncDispose]());
  return lab;
}

void t.test('service: read without a login -> the root and what leads to it, and nothing else', async (t) => {
  const lab = await openLab(t);
  const open = { headers: { Authorization: '' } };
  t.match((await ask(lab, '/redfish', open)).json, { v1: '/redfish/v1/' });
  for (const path of ['/redfish/v1', '/redfish/v1/']) {
    t.match((await ask(lab, path, open)).json, {
      Id: 'RootService',
      UUID,
      RedfishVersion: /^1\.\d+\.\d+$/,
      Systems: { '@odata.id': '/redfish/v1/Systems' },
      Chassis: { '@odata.id': '/redfish/v1/Chassis' },
      Managers: { '@odata.id': '/redfish/v1/Managers' },
      Links: { Sessions: { '@odata.id': '/redfish/v1/SessionService/Sessions' } },
    });
  }
  t.equal((await ask(lab, '/redfish/v1/odata', open)).status, 200);
  t.match((await ask(lab, '/redfish/v1/$metadata', open)).said, /^<\?xml/);
  for (const path of ['/redfish/v1/Systems', SYSTEM, '/redfish/v1/SessionService/Sessions', '/redfish/v1/nowhere']) {
    const { status, headers } = await ask(lab, path, open);
    t.equal(status, 401, path);
    t.match(headers.get('www-authenticate'), /^Basic /);
  }
});

void t.test('service: every link leads to a resource that is what its type says', async (t) => {
  const lab = await openLab(t);
  await ask(lab, RESET, { method: 'POST', body: { ResetType: 'On' } });
  const seen = new Set<string>();
  const waiting = ['/redfish/v1/'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { status, json, headers, said } = await ask(lab, path);
    t.equal(status, 200, path);
    t.match(json, { '@odata.id': path, '@odata.type': /^#\w+\./, Name: /./, '@odata.etag': headers.get('etag') });
    for (const [, link = ''] of said.matchAll(/"@odata\.id":"([^"#]+)"/g)) waiting.push(link);
  }
  t.ok(seen.size > 20, `${seen.size} resources`);
});

void t.test(
  'service: sessions -> 201 with token and place; ended by DELETE, by time, or there are too many',
  async (t) => {
    const clock = new VirtualClock();
    const lab = await openLab(t, { clock });
    const credentials = { UserName: USER, Password: PASSWORD };
    const sessions = '/redfish/v1/SessionService/Sessions';
    const open = { method: 'POST', headers: { Authorization: '' } };
    const made = await ask(lab, sessions, { ...open, body: credentials });
    t.equal(made.status, 201);
    const [token = '', place = ''] = [made.headers.get('x-auth-token'), made.headers.get('location')].map(
      (one) => one ?? '',
    );
    t.notMatch(made.said, PASSWORD);
    const withToken = { headers: { Authorization: '', 'X-Auth-Token': token } };
    t.equal((await ask(lab, SYSTEM, withToken)).status, 200);
    t.equal((await ask(lab, place, { ...withToken, method: 'DELETE' })).status, 204);
    t.equal((await ask(lab, SYSTEM, withToken)).status, 401);

    for (const body of [
      { ...credentials, Password: 'wrong' },
      { ...credentials, UserName: 'nobody' },
    ]) {
      t.match(await ask(lab, sessions, { ...open, body }), { status: 401, json: { error: {} } });
    }
    t.equal((await ask(lab, sessions, { ...open, body: { UserName: USER } })).status, 400);

    const again = await ask(lab, sessions, { ...open, body: credentials });
    const headers = { Authorization: '', 'X-Auth-Token': again.headers.get('x-auth-token') ?? '' };
    t.equal(
      (await ask(lab, '/redfish/v1/SessionService', { method: 'PATCH', headers, body: { SessionTimeout: 60 } })).status,
      204,
    );
    clock.setTimer(59_000, () => {});
    clock.step();
    t.equal((await ask(lab, SYSTEM, { headers })).status, 200);
    clock.setTimer(61_000, () => {});
    clock.step();
    t.equal((await ask(lab, SYSTEM, { headers })).status, 401);

    const statuses: number[] = [];
    for (let number = 0; number < 20; number += 1)
      statuses.push((await ask(lab, sessions, { ...open, body: credentials })).status);
    t.equal(statuses.filter((status) => status === 201).length, 16);
    t.equal(statuses.at(-1), 503);
  },
);

void t.test('service: Basic credentials -> taken when they are right', async (t) => {
  const lab = await openLab(t);
  const wrong = [
    basic(USER, 'wrong'),
    basic('nobody', PASSWORD),
    basic(USER, ''),
    'Basic !',
    'Basic',
    'Bearer x',
    'Basic YQ==',
  ];
  for (const Authorization of wrong) t.equal((await ask(lab, SYSTEM, { headers: { Authorization } })).status, 401);
  t.equal((await ask(lab, SYSTEM)).status, 200);
});

void t.test('service: what Ironic insists on of a system', async (t) => {
  const lab = await openLab(t);
  const { json, headers } = await ask(lab, SYSTEM);
  t.match(json, {
    Id: '1',
    UUID,
    PowerState: 'Off',
    Status: { Health: 'OK' },
    Boot: {
      BootSourceOverrideEnabled: 'Disabled',
      BootSourceOverrideTarget: 'None',
      'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe', 'Hdd', 'Cd', 'Usb'],
    },
    Actions: { '#ComputerSystem.Reset': { target: RESET, 'ResetType@Redfish.AllowableValues': ['On', 'ForceOff'] } },
    Links: { ManagedBy: [{ '@odata.id': '/redfish/v1/Managers/1' }] },
  });
  t.match(headers.get('link'), /ComputerSystem.*describedby/);

  const boot = (some: Readonly<Record<string, string>>, more = {}) =>
    ask(lab, SYSTEM, { method: 'PATCH', body: { Boot: some }, ...more });
  t.equal((await boot({ BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' })).status, 204);
  t.match((await ask(lab, SYSTEM)).json, {
    Boot: { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'Pxe' },
  });
  t.equal((await ask(lab, RESET, { method: 'POST', body: { ResetType: 'On' } })).status, 204);
  t.match((await ask(lab, SYSTEM)).json, { PowerState: 'On', Boot: { BootSourceOverrideEnabled: 'Disabled' } });
  t.equal((await boot({ BootSourceOverrideTarget: 'Hdd', BootSourceOverrideEnabled: 'Continuous' })).status, 204);
  for (let restarts = 0; restarts < 2; restarts += 1) {
    t.equal((await ask(lab, RESET, { method: 'POST', body: { ResetType: 'ForceRestart' } })).status, 204);
  }
  t.match((await ask(lab, SYSTEM)).json, {
    Boot: { BootSourceOverrideEnabled: 'Continuous', BootSourceOverrideTarget: 'Hdd' },
  });
  t.strictSame(lab.machine.starts, ['network', 'disk', 'disk']);

  await t.test('target and then enabled, by two requests', async (t) => {
    await boot({ BootSourceOverrideEnabled: 'Disabled' });
    await boot({ BootSourceOverrideTarget: 'Cd' });
    t.match((await ask(lab, SYSTEM)).json, {
      Boot: { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'Cd' },
    });
    await boot({ BootSourceOverrideEnabled: 'Once', BootSourceOverrideMode: 'UEFI' });
    t.strictSame(lab.chassis.bootOverride(), { device: 'cdrom', lasts: 'once', mode: 'uefi' });
  });

  await t.test('by ETag: the right one, none, any, and one that is old', async (t) => {
    const etag = (await ask(lab, SYSTEM)).headers.get('etag') ?? '';
    const usb = { BootSourceOverrideTarget: 'Usb', BootSourceOverrideEnabled: 'Once' };
    t.equal((await boot(usb, { headers: { 'If-Match': etag } })).status, 204);
    t.match(await boot(usb, { headers: { 'If-Match': etag } }), {
      status: 412,
      json: { error: { code: /PreconditionFailed/ } },
    });
    t.equal((await boot(usb, { headers: { 'If-Match': '*' } })).status, 204);
    const now = (await ask(lab, SYSTEM)).headers.get('etag') ?? '';
    t.equal((await ask(lab, SYSTEM, { headers: { 'If-None-Match': now } })).status, 304);
  });
});

void t.test('service: each way of reset -> what a machine does by it', async (t) => {
  const lab = await openLab(t);
  const { chassis, machine } = lab;
  const reset = async (ResetType: string) => (await ask(lab, RESET, { method: 'POST', body: { ResetType } })).status;
  for (const type of ['GracefulShutdown', 'GracefulRestart', 'ForceRestart'])
    t.equal(await reset(type), 409, `${type}, off`);
  t.equal(await reset('PushPowerButton'), 204);
  t.equal(chassis.power(), 'on');
  t.equal(await reset('PushPowerButton'), 204);
  t.equal(await reset('GracefulShutdown'), 204);
  t.equal(machine.presses(), 2);
  t.equal(chassis.power(), 'on', 'the guest has not listened');
  t.equal(await reset('GracefulRestart'), 204);
  t.equal(await reset('GracefulRestart'), 204, 'asked anew: it is waited for once');
  machine.guestPowersOff();
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  t.equal(chassis.power(), 'on', 'on again when the guest had switched off');
  t.equal(await reset('PowerCycle'), 204);
  t.equal(await reset('ForceRestart'), 204);
  t.equal(machine.starts.length, 4);
  t.equal(await reset('ForceOff'), 204);
  t.equal(await reset('ForceOff'), 204);
  t.equal(chassis.power(), 'off');
  t.equal(await reset('Nmi'), 400);
});

void t.test('service: by tasks -> 202 with a place to ask, and then as if it had been answered at once', async (t) => {
  const lab = await openLab(t, { byTasks: true });
  const { status, headers, json } = await ask(lab, RESET, { method: 'POST', body: { ResetType: 'On' } });
  t.equal(status, 202);
  t.match(json, { '@odata.type': /#Task\./, TaskState: 'Running' });
  t.equal((await ask(lab, headers.get('location') ?? '')).status, 204);
  t.match((await ask(lab, '/redfish/v1/TaskService/Tasks/1')).json, { TaskState: 'Completed', TaskStatus: 'OK' });
});

void t.test('service: what is refused -> an error object that names what was wrong', async (t) => {
  const lab = await openLab(t);
  const patch = (body: unknown) => ask(lab, SYSTEM, { method: 'PATCH', body });
  const reset = (body: unknown) => ask(lab, RESET, { method: 'POST', body });
  const boot = (name: string, value: unknown) => patch({ Boot: { [name]: value } });
  const cases = [
    [await patch('{"Boot":'), 400, 'MalformedJSON'],
    [await patch('[1]'), 400, 'MalformedJSON'],
    [await patch({ Bott: {} }), 400, 'PropertyUnknown'],
    [await patch({ PowerState: 'On' }), 400, 'PropertyNotWritable'],
    [await patch({ Boot: 3 }), 400, 'PropertyValueTypeError'],
    [await boot('BootSourceOverrideTarget', 'Floppy'), 400, 'PropertyValueNotInList'],
    [await boot('BootSourceOverrideEnabled', true), 400, 'PropertyValueTypeError'],
    [await boot('BootNext', 'Boot0001'), 400, 'PropertyUnknown'],
    [await patch({ IndicatorLED: 'Lit', Boot: { BootSourceOverrideTarget: 'Moon' } }), 400, 'PropertyValueNotInList'],
    [await reset({}), 400, 'ActionParameterMissing'],
    [await reset({ ResetType: 'Explode' }), 400, 'ActionParameterValueNotInList'],
    [await reset({ ResetType: ['On'] }), 400, 'ActionParameterValueTypeError'],
    [await reset({ ResetType: 'On', Delay: 3 }), 400, 'ActionParameterUnknown'],
    [await ask(lab, '/redfish/v1/Systems/2'), 404, 'ResourceMissingAtURI'],
    [await ask(lab, SYSTEM, { method: 'DELETE' }), 405, 'OperationNotAllowed'],
    [await ask(lab, SYSTEM, { method: 'PUT', body: {} }), 405, 'OperationNotAllowed'],
    [await ask(lab, RESET), 405, 'OperationNotAllowed'],
    [await ask(lab, `${SYSTEM}?$expand=.`), 501, 'QueryNotSupported'],
    [await ask(lab, SYSTEM, { headers: { 'OData-Version': '3.0' } }), 412, 'PreconditionFailed'],
    [await ask(lab, '/redfish/v1/%zz'), 404, 'ResourceMissingAtURI'],
  ] as const;
  for (const [{ status, json }, expected, key] of cases) {
    t.equal(status, expected, key);
    const code = new RegExp(`^Base\\.1\\.\\d+\\.${key}$`);
    t.match(json, { error: { code, message: /./, '@Message.ExtendedInfo': [{ MessageId: code, Resolution: /./ }] } });
  }
  for (const size of [70_000, 20_000_000]) {
    const { status } = await ask(lab, SYSTEM, { method: 'PATCH', body: 'x'.repeat(size) }).catch(() => ({
      status: 413,
    }));
    t.equal(status, 413, 'or the connection ends before all of it was read');
  }
  t.equal(lab.chassis.isIdentifying(), false, 'a body with one thing wrong changes nothing');
  t.equal((await ask(lab, SYSTEM, { headers: { 'X-Unknown': 'y' } })).status, 200);
});

/** Bodies as a confused or a hostile client sends them: half of it looks right. */
const bodies = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record({
      Boot: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom('BootSourceOverrideTarget', 'BootSourceOverrideEnabled', 'toString'),
          fc.jsonValue(),
        ),
      ),
    })
    .map((body) => JSON.stringify(body)),
  fc
    .record({ ResetType: fc.oneof(fc.constantFrom('On', 'ForceOff', 'PowerCycle', '__proto__'), fc.jsonValue()) })
    .map((body) => JSON.stringify(body)),
  fc
    .record({ Image: fc.oneof(fc.webUrl(), fc.jsonValue()), UserName: fc.jsonValue(), Password: fc.jsonValue() })
    .map((body) => JSON.stringify(body)),
);

const paths = fc.oneof(
  fc.constantFrom(
    SYSTEM,
    RESET,
    '/redfish/v1/SessionService/Sessions',
    '/redfish/v1/SessionService',
    '/redfish/v1/Chassis/1',
  ),
  fc
    .constantFrom('InsertMedia', 'EjectMedia')
    .map((name) => `/redfish/v1/Managers/1/VirtualMedia/Cd/Actions/VirtualMedia.${name}`),
  fc.constantFrom('constructor', '__proto__', '..', '%00', '%2e%2e').map((name) => `/redfish/v1/${name}`),
  fc.webPath().map((path) => `/redfish/v1/Systems${path}`),
  fc.webPath().map((path) => (path.startsWith('/') ? path.replace(/^\/+/, '/') : `/${path}`)),
);

void t.test('service: for every request an answer, an error object where it says no, and it goes on', async (t) => {
  const lab = await openLab(t);
  const methods = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS');
  const Authorization = fc.constantFrom(BASIC, basic(USER, 'x'), '', 'Basic \u00ff');
  const requests = fc.record({ path: paths, method: methods, body: bodies, Authorization });
  await fc.assert(
    fc.asyncProperty(requests, async ({ path, method, body, Authorization }) => {
      const takesBody = method !== 'GET' && method !== 'HEAD';
      const { status, json } = await ask(lab, path, {
        method,
        headers: { Authorization },
        ...(takesBody ? { body } : {}),
      });
      if (status >= 500 && status !== 501 && status !== 503) return false;
      if (status < 400 || method === 'HEAD') return true;
      return JSON.stringify(json).includes('@Message.ExtendedInfo');
    }),
    { numRuns: 300 },
  );
  t.equal((await ask(lab, SYSTEM)).status, 200);
});

void t.test(
  'service: for every bunch of bytes that is no HTTP, the connection ends and the service goes on',
  async (t) => {
    const lab = await openLab(t);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await new Promise<void>((resolve) => {
          const socket = connect(lab.port, '127.0.0.1', () => socket.end(bytes));
          socket
            .on('error', () => {})
            .on('close', () => resolve())
            .resume();
        });
        return true;
      }),
      { numRuns: 50 },
    );
    t.equal((await ask(lab, SYSTEM)).status, 200);
  },
);

void t.test('service: a machine whose feeds are dead -> not a word; with them it speaks again', async (t) => {
  const lab = await openLab(t);
  lab.chassis.setFeed('left', false);
  const gone = AbortSignal.timeout(100);
  await t.rejects(fetch(`${lab.url}/redfish/v1/`, { signal: gone }));
  lab.chassis.setFeed('left', true);
  t.equal((await ask(lab, SYSTEM)).status, 200);
});

void t.test('media: got from where a URL leads; what cannot be got leaves nothing behind', async (t) => {
  const directory = scratchOf(t);
  const fileOf = mediaFiles(directory);
  const { signal } = new AbortController();
  const server = createServer(({ url }, response) => {
    if (url === '/disc.iso') return void response.end('an image');
    if (url === '/cut.iso')
      return void response.writeHead(200, { 'Content-Length': '99' }).write('an', () => response.destroy());
    response.writeHead(404).end('no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it has a port');
  const base = `http://127.0.0.1:${address.port}`;
  const file = await fileOf(`${base}/disc.iso`, signal);
  t.equal(readFileSync(file, 'utf8'), 'an image');
  for (const url of [`${base}/none.iso?token=geheim`, `${base}/cut.iso`, 'http://user:geheim@no-such-host.invalid/']) {
    await t.rejects(fileOf(url, signal), /^RDF-022 (?!.*geheim)/);
  }
  t.equal(readdirSync(directory).length, 1);
});

void t.test('service: its port is taken -> RDF-020', async (t) => {
  const lab = await openLab(t);
  await t.rejects(openRedfishLab({ port: lab.port }), /RDF-020/);
});

void t.test('lies: every mishap of a scenario is one', (t) => {
  for (const kind of BMC_MISHAP_KINDS) t.not(JSON.stringify(liesOf([kind])), JSON.stringify(NO_LIES), kind);
  t.end();
});

void t.test('certificate: for every set of hosts and span -> one that says so and vouches for itself', (t) => {
  const hosts = fc.uniqueArray(fc.oneof(fc.ipV4(), fc.domain()), { minLength: 1, maxLength: 20 });
  const days = fc.integer({ min: 1, max: 8_000 });
  fc.assert(
    fc.property(hosts, days, (names, lasts) => {
      const from = new Date('2026-01-01T00:00:00Z');
      const to = new Date(from.getTime() + lasts * 86_400_000);
      const read = new X509Certificate(selfSigned(names, from, to).certificate);
      return (
        read.verify(read.publicKey) &&
        read.ca &&
        new Date(read.validTo).getTime() === to.getTime() &&
        new Date(read.validFrom).getTime() === from.getTime() &&
        names.every((name) => read.checkHost(name) !== undefined || read.checkIP(name) !== undefined)
      );
    }),
    { numRuns: 30 },
  );
  const six = new X509Certificate(
    selfSigned(['::1', 'fe80::1:2'], new Date('2026-01-01'), new Date('2027-01-01')).certificate,
  );
  t.ok(six.checkIP('::1'));
  t.ok(six.checkIP('fe80::1:2'));
  t.end();
});
