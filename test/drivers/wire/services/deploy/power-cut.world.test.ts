import t from 'tap';
import type { DeployEvent } from '../../../../../drivers/wire/services/deploy/events.js';
import type { DeployStep } from '../../../../../drivers/wire/services/deploy/plan.js';
import { openMeshRack } from './mesh-rack.js';

// QEMU is killed: what the guest has written is on the disk, in the order it was written, and nothing else is.
t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
const [a, b] = [await rack.image('a'), await rack.image('b')];

/** Begins a deployment and pulls the plug when it tells this. @returns whether the plug was pulled */
async function cutAt(steps: readonly DeployStep[], isPoint: (event: DeployEvent) => boolean): Promise<boolean> {
  const plug = new AbortController();
  rack.deploy(steps);
  rack.setListener((event) => {
    if (isPoint(event)) plug.abort();
  });
  await rack.boot(/never/, plug.signal);
  rack.setListener(null);
  return plug.signal.aborted;
}

async function deployed(steps: readonly DeployStep[]): Promise<void> {
  rack.deploy(steps);
  await rack.boot(/never/);
}

/** What the first GRUB starts without our help. */
async function bootLocally(): Promise<string> {
  rack.setOrder({ kind: 'local' });
  const said = await rack.boot(/METALRIG (READY node=\S+ image=\S+\s|no slot holds an image)/);
  return /METALRIG READY node=mesh1 image=(\S+)/.exec(said)?.[1] ?? (/no slot holds an image/.exec(said)?.[0] || said);
}

const kindOf = (kind: DeployEvent['kind']) => (event: DeployEvent) => event.kind === kind;
const share = (least: number) => (event: DeployEvent) => {
  return event.kind === 'progress' && event.done_bytes >= least * event.of_bytes;
};
const TO_3 = [rack.write(3, a), { kind: 'default', slot: 3 }] as const;
const TO_5 = [rack.write(5, b), { kind: 'default', slot: 5 }] as const;

void t.test('power cut: while an empty disk is laid out -> the ramdisk again, and it goes through', async (t) => {
  t.ok(await cutAt(TO_3, kindOf('calledBack')));
  await deployed(TO_3);
  t.equal(await bootLocally(), 'a');
});

void t.test('power cut: at points of the write into another slot -> the old slot boots, or the ramdisk', async (t) => {
  const points = [share(0.3), kindOf('written')];
  for (const [index, point] of points.entries()) {
    // Each deployment is itself the ramdisk again, after the cut before it.
    t.ok(await cutAt(TO_5, point), `cut ${index}`);
    if (index === 0) t.equal(await bootLocally(), 'a');
  }
  // The default may be switched already: the report comes after it.
  t.match(await bootLocally(), /^[ab]$/);
  t.ok(await cutAt(TO_5, kindOf('defaulted')));
  t.equal(await bootLocally(), 'b');
});

void t.test(
  'power cut: in the write into the default slot -> it is no default, and the ramdisk mends it',
  async (t) => {
    const again = [rack.write(5, a), { kind: 'default', slot: 5 }] as const;
    t.ok(await cutAt(again, share(0.4)));
    t.equal(await bootLocally(), 'no slot holds an image');
    await deployed(again);
    t.equal(await bootLocally(), 'a');
  },
);
