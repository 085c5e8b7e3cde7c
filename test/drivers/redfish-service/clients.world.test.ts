import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { selfSigned } from '../../../drivers/redfish-service/certificate.js';
import { ROOT, scratchOf } from '../../run-metalrig.js';
import { openRedfishLab, PASSWORD, USER, UUID } from '../redfish/redfish-lab.js';

t.setTimeout(120_000);

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Beside us and not before us: the service that it talks to is in this process. */
function run(argv: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: 'pipe', env: { ...process.env, ...env } });
  const heard = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (heard.stdout += String(bytes)));
  child.stderr.on('data', (bytes) => (heard.stderr += String(bytes)));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...heard })));
}

const certificate = selfSigned(['127.0.0.1'], new Date('2026-01-01'), new Date('2046-01-01'));

void t.test("redfish-service: OpenStack's sushy, as Ironic uses it", async (t) => {
  const lab = await openRedfishLab({ tls: certificate });
  t.teardown(() => lab[Symbol.asyncDispose]());
  const script = join(ROOT, 'test/drivers/redfish-service/sushy-client.py');
  const trusted = join(scratchOf(t), 'bmc.pem');
  writeFileSync(trusted, certificate.certificate);
  const argv = ['/usr/bin/python3', script, lab.url, USER];
  const { status, stdout, stderr } = await run(argv, `${PASSWORD}\n`, { REQUESTS_CA_BUNDLE: trusted });
  t.equal(status, 0, stderr);
  t.match(JSON.parse(stdout), {
    session: true,
    identity: ['RootService', '1', UUID],
    health: 'OK',
    memory: 1,
    processors: [1, 'x86'],
    macs: ['52:54:00:00:00:01'],
    resets: ['ForceOff', 'ForceRestart', 'GracefulRestart', 'GracefulShutdown', 'On', 'PowerCycle', 'PushPowerButton'],
    targets: ['Cd', 'Hdd', 'None', 'Pxe', 'Usb'],
    power: ['Off', 'On', 'On', 'On', 'Off'],
    boot: [
      ['Disabled', 'None'],
      ['Once', 'Pxe'],
      ['Disabled', 'None'],
      ['Continuous', 'Hdd'],
    ],
    led: 'Lit',
    manager: ['BMC', '1.0'],
    media: [
      [true, 'http://images/one.iso'],
      [false, null],
    ],
    thermal: [41],
    refusals: [
      [400, 'ActionParameterValueNotInList', true],
      [400, 'PropertyValueNotInList', true],
      [400, 'PropertyUnknown', true],
      [404, 'ResourceMissingAtURI', true],
    ],
    wrong: 'kept out',
    sessions: 0,
  });
  t.strictSame(lab.machine.starts, ['network', 'disk', 'disk']);
});

void t.test("redfish-service: DMTF's redfishtool", async (t) => {
  const lab = await openRedfishLab();
  t.teardown(() => lab[Symbol.asyncDispose]());
  const redfishtool = (auth: 'Basic' | 'Session', ...command: readonly string[]): Promise<Ran> => {
    const options = ['-S', 'Never', '-r', `127.0.0.1:${lab.port}`, '-u', USER, '-p', PASSWORD, '-A', auth];
    return run(['/usr/bin/redfishtool', ...options, ...command]);
  };
  const [versions, root, system, byId] = await Promise.all([
    redfishtool('Basic', 'versions'),
    redfishtool('Basic', 'root'),
    redfishtool('Basic', 'Systems', '-F'),
    redfishtool('Session', 'Systems', '-I', '1', '-P', 'PowerState'),
  ]);
  t.match(JSON.parse(versions.stdout), { v1: '/redfish/v1/' });
  t.match(JSON.parse(root.stdout), { Id: 'RootService' });
  t.match(JSON.parse(system.stdout), { UUID, PowerState: 'Off' });
  t.match(byId.stdout, /PowerState.*Off/s);

  const done = { status: 0, stderr: '' };
  t.match(await redfishtool('Session', 'Systems', '-F', 'setBootOverride', 'Once', 'Pxe'), done);
  t.match(await redfishtool('Basic', 'Systems', '-F', 'reset', 'On'), done);
  t.strictSame(lab.machine.starts, ['network']);
  t.match(await redfishtool('Basic', 'Systems', '-F', 'setBootOverride', 'Continuous', 'Hdd'), done);
  t.match(await redfishtool('Basic', 'Systems', '-F', 'setIndicatorLed', 'Lit'), done);
  t.equal(lab.chassis.isIdentifying(), true);
  const [logs, nics, thermal, manager, sessions] = await Promise.all([
    redfishtool('Basic', 'Managers', '-F', 'Logs'),
    redfishtool('Basic', 'Systems', '-F', 'EthernetInterfaces'),
    redfishtool('Basic', 'Chassis', '-F', 'Thermal'),
    redfishtool('Basic', 'Managers', '-F'),
    redfishtool('Basic', 'SessionService', 'Sessions'),
  ]);
  t.match(logs.stdout, /SEL/);
  t.match(nics.stdout, /EthernetInterfaces\/1/);
  t.match(JSON.parse(thermal.stdout), { Temperatures: [{ ReadingCelsius: 41 }] });
  t.match(JSON.parse(manager.stdout), { ManagerType: 'BMC' });
  t.match(JSON.parse(sessions.stdout), { 'Members@odata.count': 0 });
  t.match(await redfishtool('Basic', 'Systems', '-F', 'reset', 'ForceOff'), done);
  t.equal(lab.chassis.power(), 'off');
  const wrong = await redfishtool('Basic', 'Systems', '-F', 'reset', 'Nmi');
  t.not(wrong.status, 0);
});
