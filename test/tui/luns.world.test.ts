import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Evidence } from '../../core/evidence.js';
import type { NodeId } from '../../core/ids.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { targetName } from '../../core/site/site.js';
import { buildPayload } from '../../drivers/payload/payload.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { LOGIN_STATUS } from '../../drivers/wire/services/iscsi/login.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import { openEmulatedRack, type EmulatedRack } from '../../tui/compose/emulated-rack.js';
import { builtImage, lunSetsPort } from '../../tui/compose/lun-sets.js';
import { makeScratch } from '../../tui/compose/scratch.js';
import { validateIn } from '../../tui/compose/validate.js';
import { MemoryStream, TestInitiator } from '../drivers/wire/services/iscsi-initiator.js';
import { ROOT, scratchOf } from '../run-metalrig.js';

const LIMIT_MS = 600_000;
t.setTimeout(2 * LIMIT_MS);
const { signal } = new AbortController();
const payload = await buildPayload();

const SITE_TEXT = `${readFileSync(join(ROOT, 'scenarios/sites/bench.site.yaml'), 'utf8').trimEnd()}
  root2:
    world: emulated
    mac: 52:54:00:99:00:12
    address: 10.99.0.12
    image: lucid
`;
const PLAN = planOf(
  `version: 1
name: two nodes
description: Two root nodes whose LUNs are switched.
site: two.site.yaml
expect:
  all: { outcome: up }
`,
  'two.scenario.yaml',
  parseSite(SITE_TEXT, 'two.site.yaml'),
);

void t.test(
  'LUN sets, real firmware: switched while two nodes run -> each keeps its own until it is switched on again',
  { timeout: LIMIT_MS },
  async (t) => {
    const { rack, boot } = await openTwo(t);
    const [first, second] = PLAN.nodes.map(({ id }) => id);
    if (first === undefined || second === undefined) throw new Error('the plan has two nodes');
    const nodes = [first, second];
    const port = lunSetsPort(rack.luns, () => Promise.resolve(builtImage(payload, 'root')));
    const [spring, summer] = ['spring', 'summer'].map((image) => ({ image, nodes }));
    if (spring === undefined || summer === undefined) throw new Error('there are two images');
    await port.stage(spring, signal);
    await port.activate(spring, signal);
    t.strictSame(await Promise.all([boot(first), boot(second)]), ['spring', 'spring']);

    await port.stage(summer, signal);
    await port.activate(summer, signal);
    t.equal(await boot(first), 'summer');
    t.match(await port.read(signal), [
      { node: first, active: { image: 'summer' }, before: { image: 'spring' }, booted: { image: 'summer' } },
      { node: second, active: { image: 'summer' }, before: { image: 'spring' }, booted: { image: 'spring' } },
    ]);
    const target = (node: NodeId) => rack.luns.targets.find(targetName(PLAN.site, node));
    t.equal(target(second)?.sessions.size, 1, 'the second is logged in as it was');

    await port.rollBack(summer, signal);
    t.equal(await boot(first), 'spring');
    t.equal(loginStatus(rack, '10.99.0.11', second), LOGIN_STATUS.notAllowed, "one node at the other's target");
    t.equal(loginStatus(rack, '10.99.0.12', second), LOGIN_STATUS.success);

    await rack.rack.power.ensure(first, 'off', signal);
    const wipe = (image: string) => port.wipe({ image, nodes: [first] }, signal);
    const proofs = [...(await wipe('spring')), ...(await wipe('summer'))];
    t.ok(proofs.length >= 2, 'both sets');
    for (const { size_bytes, read_bytes, isZero, sha256 } of proofs) {
      t.strictSame({ isZero, read_bytes, sha256 }, { isZero: true, read_bytes: size_bytes, sha256: zeros(size_bytes) });
    }
    t.equal(loginStatus(rack, '10.99.0.11', first), LOGIN_STATUS.notFound, 'there is nothing to log in to');
    t.equal(target(second)?.sessions.size, 1, 'the other tenant is not disturbed');
  },
);

void t.test(
  'validation: a good image, one without boot loader, one that panics -> up, or the stage and why',
  { timeout: LIMIT_MS },
  async (t) => {
    const boot = validateIn({ slot_bytes: 64 * 2 ** 20 });
    const candidate = (kind: 'root' | 'no-boot-loader' | 'panic') =>
      ({ from: 'lun', lun: builtImage(payload, kind) }) as const;
    const validate = (kind: 'root' | 'no-boot-loader' | 'panic') =>
      boot({ image: 'candidate', candidate: candidate(kind), signal });
    const good = await validate('root');
    t.match(good, { ok: true, took_ms: Number });
    t.match(await validate('no-boot-loader'), { ok: false, stage: 'iscsi.boot', fault: { code: 'BOOT-005' } });
    t.match(await validate('panic'), { ok: false, stage: 'kernel', fault: { code: 'BOOT-006' } });
    await t.rejects(boot({ image: 'candidate', candidate: candidate('root'), signal: AbortSignal.abort() }));
  },
);

interface Two {
  readonly rack: EmulatedRack;
  /** Off, on, and up. @returns the image that the node then says it has */
  readonly boot: (node: NodeId) => Promise<string>;
}

async function openTwo(t: Test): Promise<Two> {
  const directory = scratchOf(t);
  const consoleDirectory = join(directory, 'console');
  mkdirSync(consoleDirectory);
  const scratch = makeScratch();
  const clock = systemClock();
  const log = new EvidenceLog(clock);
  const rack = await openEmulatedRack({
    plan: PLAN,
    seed: 7,
    payload,
    mesh: null,
    clock,
    observe: log.observe,
    noted: (fault) => t.fail(fault.code),
    accelerator: (await acceleratorProbe()).accelerator,
    scratch,
    home: scratch,
    capturePath: join(directory, 'wire.pcapng'),
    consoleDirectory,
  });
  t.teardown(async () => {
    await rack[Symbol.asyncDispose]();
    rmSync(scratch, { recursive: true, force: true });
  });
  const seen = new Map<NodeId, number>();
  const next = (node: NodeId): Promise<Evidence> =>
    new Promise((resolve) => void log.next(node, seen.get(node) ?? 0, resolve));
  return {
    rack,
    async boot(node) {
      await rack.rack.power.ensure(node, 'off', signal);
      await rack.rack.power.ensure(node, 'on', signal);
      for (;;) {
        const evidence = await next(node);
        seen.set(node, evidence.seq);
        if (evidence.kind !== 'reached' || evidence.stage !== 'up') continue;
        rack.rack.release(node);
        return /image=(\S+)/.exec(evidence.what)?.[1] ?? evidence.what;
      }
    },
  };
}

/** What an initiator at that address is told when it wants to log in to the node's target. */
function loginStatus(rack: EmulatedRack, address: string, node: NodeId): number {
  const initiator = new TestInitiator(rack.luns.targets, new MemoryStream(address));
  const { status } = initiator.loginStep(0x87, [
    ['InitiatorName', 'iqn.2026-01.example:node:other'],
    ['TargetName', targetName(PLAN.site, node)],
    ['SessionType', 'Normal'],
  ]);
  initiator.stream.hangUp();
  return status;
}

function zeros(size_bytes: number): string {
  return createHash('sha256').update(Buffer.alloc(size_bytes)).digest('hex');
}
