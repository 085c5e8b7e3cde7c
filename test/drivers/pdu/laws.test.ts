import t from 'tap';
import fc from 'fast-check';
import { nodeId } from '../../../core/ids.js';
import { allowedAt, spent } from '../../../core/power/budget.js';
import { mains, switched, unfed, type Feed, type Feeds } from '../../../core/power/feeds.js';
import { numberOf } from '../../../drivers/pdu/emulated/outlets-table.js';
import { indexOf } from '../../../drivers/pdu/models/model.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';

const budgets = fc.record({ switchings: fc.integer({ min: 1, max: 5 }), within_ms: fc.integer({ min: 1, max: 1000 }) });

void t.test(
  'budget: for every story of switchings, no span of time holds more than it allows, and none waits in vain',
  async (t) => {
    fc.assert(
      fc.property(budgets, fc.array(fc.nat(400), { maxLength: 40 }), (budget, pauses) => {
        let past: readonly number[] = [];
        let now = 0;
        const times: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const at = allowedAt(budget, past, now);
          const counted = times.filter((time) => time > at - 1 - budget.within_ms).length;
          if (at > now && counted < budget.switchings) return false;
          now = at;
          past = spent(budget, past, now);
          times.push(now);
        }
        return times.every(
          (from) => times.filter((time) => time >= from && time < from + budget.within_ms).length <= budget.switchings,
        );
      }),
    );
    t.pass();
  },
);

const NODES = ['root1', 'root2', 'root3'].map(nodeId);
const feeds: fc.Arbitrary<Feed> = fc.record({
  pdu: fc.constantFrom('left', 'right'),
  outlet: fc.constantFrom('1', '2', '3'),
});
const plugged = fc.array(fc.uniqueArray(feeds, { maxLength: 3, selector: ({ pdu, outlet }) => `${pdu}/${outlet}` }), {
  minLength: 3,
  maxLength: 3,
});

void t.test('feeds: for every story of switchings, a node has mains while any of its feeds is on', async (t) => {
  const stories = fc.array(fc.tuple(feeds, fc.constantFrom('on', 'off')), { maxLength: 30 });
  fc.assert(
    fc.property(plugged, stories, (cords, story) => {
      const of = new Map(NODES.map((node, index) => [node, cords[index] ?? []]));
      let state: Feeds = unfed(of);
      const live = new Set<string>();
      const told = new Map(NODES.map((node) => [node, 'off']));
      for (const [feed, want] of story) {
        const next = switched(state, feed, want);
        state = next.feeds;
        for (const change of next.changes) told.set(change.node, change.mains);
        if (want === 'on') live.add(`${feed.pdu}/${feed.outlet}`);
        else live.delete(`${feed.pdu}/${feed.outlet}`);
      }
      return NODES.every((node) => {
        const isFed = (of.get(node) ?? []).some(({ pdu, outlet }) => live.has(`${pdu}/${outlet}`));
        return mains(state, node) === (isFed ? 'on' : 'off') && told.get(node) === mains(state, node);
      });
    }),
  );
  t.pass();
});

void t.test('models: an outlet by its number alone, in units and banks, and what names none', async (t) => {
  const { 'apc-rpdu': apc, 'raritan-px2': raritan, 'servertech-sentry3': sentry } = PDU_MODEL;
  t.strictSame(
    ['3', '2.3', '1.1.3', '', 'A1', '-1', '3.'].map((outlet) =>
      [apc, raritan, sentry].map((model) => indexOf(model, outlet)),
    ),
    [
      ['3', '1.3', '1.1.3'],
      [null, '2.3', null],
      [null, null, '1.1.3'],
      [null, null, null],
      [null, null, null],
      [null, null, null],
      [null, null, null],
    ],
  );
  t.strictSame(
    ['3', '1.1.3', '2.1.3', 'x'].map((outlet) => numberOf(sentry, outlet)),
    [3, 3, null, null],
    'an emulated one has the first bank',
  );
  for (const [name, model] of Object.entries(PDU_MODEL)) {
    t.equal(model.name, name);
    const { on, off, between } = model.state;
    t.equal(new Set([on, off, ...between]).size, 2 + between.length, `${name}: each value means one thing`);
  }
});
