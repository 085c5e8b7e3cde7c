import t from 'tap';
import type { NodeId } from '../../core/ids.js';
import type { PowerPort } from '../../core/ports/power.js';

export interface OpenedPower extends AsyncDisposable {
  readonly power: PowerPort;
  /** A node that is off. */
  readonly node: NodeId;
  /** How often the node was really switched on and off so far. */
  readonly switchings: () => { readonly on: number; readonly off: number };
}

/** What every driver of PowerPort keeps to. */
export function powerContract(name: string, open: () => Promise<OpenedPower>): void {
  void t.test(`power contract: ${name}`, async (t) => {
    const opened = await open();
    const { power, node, switchings } = opened;
    t.teardown(() => opened[Symbol.asyncDispose]());
    const { signal } = new AbortController();
    const abortedSignal = AbortSignal.abort();

    await t.test('power: ensure(off) of a node that is off -> nothing is done', async (t) => {
      await power.ensure(node, 'off', signal);
      t.equal(await power.read(node, signal), 'off');
      t.strictSame(switchings(), { on: 0, off: 0 });
    });

    await t.test('power: the signal was aborted before -> it rejects, and nothing is done', async (t) => {
      await t.rejects(power.ensure(node, 'on', abortedSignal));
      await t.rejects(power.read(node, abortedSignal));
      t.equal(await power.read(node, signal), 'off');
      t.strictSame(switchings(), { on: 0, off: 0 });
    });

    await t.test('power: ensure(on) twice, one after the other and at once -> on, switched once', async (t) => {
      await Promise.all([power.ensure(node, 'on', signal), power.ensure(node, 'on', signal)]);
      await power.ensure(node, 'on', signal);
      t.equal(await power.read(node, signal), 'on');
      t.strictSame(switchings(), { on: 1, off: 0 });
    });

    await t.test('power: ensure(off) twice -> off, switched once', async (t) => {
      await Promise.all([power.ensure(node, 'off', signal), power.ensure(node, 'off', signal)]);
      await power.ensure(node, 'off', signal);
      t.equal(await power.read(node, signal), 'off');
      t.strictSame(switchings(), { on: 1, off: 1 });
    });

    await t.test('power: on again after off -> on', async (t) => {
      await power.ensure(node, 'on', signal);
      t.equal(await power.read(node, signal), 'on');
      t.strictSame(switchings(), { on: 2, off: 1 });
    });
  });
}
