import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { diskLayout } from '../../../../../core/disk/layout.js';
import { nodeId } from '../../../../../core/ids.js';
import { seededRandom } from '../../../../../core/random.js';
import { systemClock } from '../../../../../drivers/system-clock/system-clock.js';
import type { DeployEvent } from '../../../../../drivers/wire/services/deploy/events.js';
import type { DeployPlan, DeployStep } from '../../../../../drivers/wire/services/deploy/plan.js';
import { parseReport } from '../../../../../drivers/wire/services/deploy/report.js';
import { openDeploy, type BootOrder } from '../../../../../drivers/wire/services/deploy/service.js';
import { sha256OfZeros } from '../../../../../drivers/wire/services/deploy/zeros.js';
import { contentOf, type HttpCaller } from '../../../../../drivers/wire/services/http/service.js';

const MIB = 1024 * 1024;
const NODE = nodeId('mesh1');
const ADDRESS = '10.99.0.101';
const IMAGE = Buffer.from('an image, packed');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
const PLAN: DeployPlan = {
  layout: diskLayout({ boot_bytes: MIB, swap_bytes: MIB, reserved_bytes: MIB, slot_bytes: MIB, slots: 21 }),
  steps: [
    { kind: 'write', slot: 3, image: 'lucid', size_bytes: IMAGE.length, sha256: SHA256, packing: 'gzip', by: 'http' },
    { kind: 'wipe', slot: 5 },
    { kind: 'default', slot: 3 },
  ],
  end: 'reboot',
};

/** A service with two nodes, what it told, and a caller's way to it. */
function open() {
  const events: DeployEvent[] = [];
  const waiting: { readonly kind: string; readonly resolve: () => void }[] = [];
  let order: BootOrder = { kind: 'deploy', plan: PLAN };
  const service = openDeploy({
    clock: systemClock(),
    random: seededRandom(1),
    url: 'http://10.99.0.1',
    nodes: new Map([
      [NODE, { address: ADDRESS, prefix_bits: 16 }],
      [nodeId('mesh2'), { address: '10.99.0.102', prefix_bits: 16 }],
    ]),
    order: () => order,
    kernel: contentOf(Buffer.from('kernel')),
    ramdisk: contentOf(Buffer.from('ramdisk')),
    kernelArguments: ['console=ttyS0'],
    open: () => ({ size_bytes: IMAGE.length, chunks: chunksOf(IMAGE) }),
    invite: () => null,
    onEvent(event) {
      events.push(event);
      for (const { kind, resolve } of waiting) if (kind === event.kind) resolve();
    },
  });
  const get = (path: string, caller: Partial<HttpCaller> = {}): string | number => {
    const found = service.get(path, { address: ADDRESS, bearer: null, ...caller });
    if ('status' in found) return found.status;
    return 'chunks' in found ? `a stream of ${found.size_bytes}` : found.read(0, found.size_bytes).toString();
  };
  const report = (text: string, bearer: string | null, address = ADDRESS): string | number => {
    const found = service.post('/deploy/report', Buffer.from(text), { address, bearer });
    return 'status' in found ? found.status : 200;
  };
  const boot = (): string => {
    const script = String(get('/boot/mesh1.ipxe'));
    return /metalrig\.token=([0-9a-f]{32})\n?/.exec(script)?.[1] ?? script;
  };
  const told = (kind: string): Promise<void> => new Promise((resolve) => void waiting.push({ kind, resolve }));
  const add = (step: DeployStep): number | null => service.add(NODE, step);
  return { events, get, report, add, boot, told, setOrder: (wanted: BootOrder) => void (order = wanted) };
}

async function* chunksOf(bytes: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(bytes);
}

void t.test('deploy service: a whole deployment -> every event in its order, with what the plan says', async (t) => {
  const { events, get, report, boot, told } = open();
  const bearer = boot();
  t.equal(
    get('/deploy/plan', { bearer })
      ?.toString()
      .replace(/layout .*/, 'layout -'),
    `metalrig-plan 1
node mesh1
layout -
slots 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
end reboot
write 7 lucid 16 ${SHA256} gzip http
wipe 9
default 7
`,
  );
  t.match(get('/deploy/table', { bearer }), 'start=2048, size=2048, type=83, bootable');
  t.equal(get('/deploy/image/0', { bearer }), 'a stream of 16');
  t.equal(get('/deploy/image/1', { bearer }), 404, 'a wipe has no image');
  t.equal(get('/deploy/image/3', { bearer }), 404, 'there is no such step');
  const zeros = await sha256OfZeros(MIB, systemClock());
  const said = [
    '1.05 laidOut new',
    '2.00 progress 0 8',
    `3.00 written 0 ${SHA256}`,
    '3.10 progress 0 16',
    '4.00 bootable 0',
    '4.10 bootable 0',
    `5.00 wiped 1 ${MIB} ${zeros}`,
    '6.00 defaulted 2',
    '7.12 done',
  ];
  for (const line of said) t.equal(report(line, bearer), 200, line);
  await told('done');
  t.match(events.slice(0, 4), [
    { node: 'mesh1', kind: 'scriptFetched', script: 'deploy' },
    { kind: 'calledBack' },
    { kind: 'laidOut', guest_ms: 1050, isNew: true },
    { kind: 'progress', step: 0, slot: 3, done_bytes: 8, of_bytes: 16 },
  ]);
  t.strictSame(
    events.slice(4).map(({ kind }) => kind),
    ['written', 'bootable', 'defaulted', 'wiped', 'done'],
    'late progress and what comes twice is not told, and the end waits for the proof',
  );
  t.match(events[4], { slot: 3, image: 'lucid', sha256: SHA256 });
  t.match(events[7], { slot: 5, isZero: true, readBack: { read_bytes: MIB, sha256: zeros } });
  t.equal(get('/deploy/plan', { bearer }), 403, 'the token ends with the deployment');
});

void t.test('deploy service: what is read back after a wipe is not zero -> told', async (t) => {
  const { events, report, boot, told } = open();
  const bearer = boot();
  t.equal(report(`5.00 wiped 1 ${MIB} ${SHA256}`, bearer), 200);
  report('6.00 done', bearer);
  await told('done');
  t.match(events.slice(1), [{ kind: 'wiped', slot: 5, isZero: false }, { kind: 'done' }]);
});

void t.test('deploy service: every caller but the node in this boot -> 403', async (t) => {
  const { events, get, report, boot } = open();
  t.equal(get('/boot/mesh1.ipxe', { address: '10.99.0.102' }), 403, "a neighbour's script");
  t.equal(get('/boot/mesh1.ipxe', { address: '10.99.0.50' }), 403, "a stranger's");
  const old = boot();
  const bearer = boot();
  t.not(old, bearer);
  for (const caller of [
    { bearer: null },
    { bearer: old },
    { bearer: bearer.toUpperCase().replace(/[A-F]/, 'x') },
    { bearer, address: '10.99.0.102' },
    { bearer, address: '10.99.0.50' },
  ]) {
    for (const path of ['/deploy/plan', '/deploy/table', '/deploy/image/0', '/deploy/steps/3'])
      t.equal(get(path, caller), 403, path);
    t.equal(report('1.00 done', caller.bearer, caller.address), 403);
  }
  t.match(get('/deploy/plan', { bearer }), 'metalrig-plan 1');
  t.ok(events.some(({ kind }) => kind === 'refused'));
  t.notMatch(JSON.stringify(events), bearer, 'the token is told to nobody');
});

void t.test('deploy service: the node boots on -> the token of the boot before is void', async (t) => {
  const { get, boot, setOrder } = open();
  const bearer = boot();
  setOrder({ kind: 'local' });
  t.match(boot(), 'sanboot --no-describe --drive 0x80');
  t.equal(get('/deploy/plan', { bearer }), 403);
});

void t.test('deploy service: reports that do not belong to the plan -> 409, and nobody is told', async (t) => {
  const { events, report, boot } = open();
  const bearer = boot();
  const wrong = [
    `1.00 written 0 ${'0'.repeat(64)}`,
    `1.00 written 1 ${SHA256}`,
    '1.00 progress 0 17',
    '1.00 progress 1 1',
    '1.00 bootable 1',
    '1.00 unbootable 2',
    '1.00 bootable 3',
    '1.00 defaulted 0',
    '1.00 failed grub 3 no space',
    `1.00 wiped 1 ${MIB - 1} ${SHA256}`,
    `1.00 wiped 0 ${MIB} ${SHA256}`,
  ];
  for (const line of wrong) t.equal(report(line, bearer), 409, line);
  t.equal(events.length, 1);
});

void t.test('deploy service: a ramdisk that waits -> takes what is added, each once, until it fails', async (t) => {
  const { events, get, report, add, boot, setOrder } = open();
  t.equal(add({ kind: 'wipe', slot: 1 }), null, 'nobody waits');
  boot();
  t.equal(add({ kind: 'wipe', slot: 1 }), null, 'a ramdisk that leaves takes nothing more');
  setOrder({ kind: 'deploy', plan: { ...PLAN, steps: [{ kind: 'format', slot: 2 }], end: 'wait' } });
  const bearer = boot();
  t.match(get('/deploy/plan', { bearer }), /end wait\nformat 6\n$/);
  t.equal(get('/deploy/steps/1', { bearer }), '');
  t.equal(add({ kind: 'default', slot: 2 }), 1);
  t.equal(add({ kind: 'wipe', slot: 1 }), 2);
  t.equal(get('/deploy/steps/1', { bearer }), 'default 6\nwipe 5\n');
  t.equal(get('/deploy/steps/2', { bearer }), 'wipe 5\n');
  t.equal(get('/deploy/steps/4', { bearer }), 404);
  t.equal(report('2.00 failed wipe 2 no such disk', bearer), 200);
  t.match(events.at(-1), { kind: 'failed', what: 'wipe', step: 2, slot: 1, text: 'no such disk' });
  t.equal(add({ kind: 'wipe', slot: 1 }), null, 'after a failure nothing more is done');
  const next = boot();
  t.equal(get('/deploy/steps/1', { bearer }), 403);
  t.equal(get('/deploy/steps/1', { bearer: next }), '', 'what was added is forgotten with its boot');
});

void t.test('deploy service: for every path and body -> an answer, never an exception', async (t) => {
  const words = fc.constantFrom('/', 'boot', 'deploy', 'plan', 'report', '..', '\0', '.ipxe', 'mesh1', 'image/99', '%');
  const paths = fc.array(fc.oneof(words, fc.string())).map((parts) => `/${parts.join('')}`);
  const { get, report, boot } = open();
  const bearer = boot();
  fc.assert(fc.property(paths, (path) => [400, 403, 404].includes(Number(get(path))) || path === '/boot/mesh1.ipxe'));
  fc.assert(fc.property(fc.string(), (body) => report(body, bearer) !== 200 || / /.test(body)));
  t.pass();
});

void t.test('report: for every line of noise around the words -> read strictly, or not at all', async (t) => {
  t.same(parseReport(Buffer.from('12.30 failed grub 3 no space left\n')), {
    guest_ms: 12_300,
    kind: 'failed',
    what: 'grub',
    step: 3,
    text: 'no space left',
  });
  t.match(parseReport(Buffer.from('1.00 failed table - ')), { step: null, text: '' });
  const bad = ['', '1 done', '1.00 done now', '1.00 laidOut', '1.00 written 7', '1.00 written -1 ' + SHA256];
  const worse = [
    '1.00 constructor',
    '1.00 __proto__',
    '1.00 bootable 12345',
    '1.00 bootable 7 8',
    '-1.00 done',
    '1.00 done\n\n',
  ];
  const worst = ['1.00 failed grub 7 \u0001', `1.00 failed grub 7 ${'x'.repeat(500)}`, '1.00 failed ../x 7 text'];
  for (const line of [...bad, ...worse, ...worst]) t.equal(parseReport(Buffer.from(line)), null, line);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => parseReport(Buffer.from(bytes)) === null));
});
