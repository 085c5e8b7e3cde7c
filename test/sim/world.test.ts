import fc from 'fast-check';
import t from 'tap';
import type { Timer } from '../../core/clock.js';
import { CHAINS, STAGES, type Observation, type Stage } from '../../core/evidence.js';
import { nodeId } from '../../core/ids.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import { VirtualClock } from '../../sim/clock.js';
import { Slots } from '../../sim/slots.js';
import { measuredTimes } from '../../sim/stages/times.js';
import { World } from '../../sim/world.js';
import { playPxe9 } from '../arbitraries/pxe9.js';
import { simFacts } from '../arbitraries/worlds.js';

/** What is done to a clock, one after the other. */
type Deed =
  | { readonly deed: 'set'; readonly delay_ms: number; readonly thenSet_ms: number | null }
  | { readonly deed: 'cancel'; readonly which: number }
  | { readonly deed: 'step' }
  | { readonly deed: 'run'; readonly for_ms: number };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      deed: fc.constant('set' as const),
      delay_ms: fc.integer({ min: -3, max: 20 }),
      thenSet_ms: fc.option(fc.nat(5)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ deed: fc.constant('cancel' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ deed: 'step' as const }) },
  { weight: 1, arbitrary: fc.record({ deed: fc.constant('run' as const), for_ms: fc.nat(12) }) },
);

/** The plainest clock that can be: a list, sorted anew each time. */
class ListClock {
  #now = 0;
  #list: { at: number; order: number; fire: () => void }[] = [];
  #order = 0;

  now(): number {
    return this.#now;
  }

  setTimer(delay_ms: number, fire: () => void): Timer {
    this.#order += 1;
    const timer = { at: this.#now + Math.max(0, delay_ms), order: this.#order, fire };
    this.#list.push(timer);
    return {
      cancel: () => {
        this.#list = this.#list.filter((other) => other !== timer);
      },
    };
  }

  step(until = Number.POSITIVE_INFINITY): boolean {
    const [next] = this.#list.toSorted((a, b) => a.at - b.at || a.order - b.order);
    if (next === undefined || next.at > until) return false;
    this.#list = this.#list.filter((other) => other !== next);
    this.#now = next.at;
    next.fire();
    return true;
  }

  run(until: number): void {
    while (this.step(until));
    this.#now = Math.max(this.#now, until);
  }
}

/** What a clock tells of a list of deeds: when each timer fired. */
function told(clock: VirtualClock | ListClock, list: readonly Deed[]): readonly string[] {
  const fired: string[] = [];
  const timers: Timer[] = [];
  let set = 0;
  const arm = (delay_ms: number, thenSet_ms: number | null): void => {
    set += 1;
    const name = set;
    const timer = clock.setTimer(delay_ms, () => {
      fired.push(`${name} at ${clock.now()}`);
      if (thenSet_ms !== null) arm(thenSet_ms, null);
    });
    timers.push(timer);
  };
  for (const deed of list) {
    if (deed.deed === 'set') arm(deed.delay_ms, deed.thenSet_ms);
    else if (deed.deed === 'cancel') timers[deed.which % Math.max(1, timers.length)]?.cancel();
    else if (deed.deed === 'step') fired.push(`stepped: ${clock.step()}`);
    else clock.run(clock.now() + deed.for_ms);
    fired.push(`now ${clock.now()}`);
  }
  while (clock.step());
  return fired;
}

void t.test('virtual clock: for every list of deeds, it fires as a sorted list would', async (t) => {
  const runs = fc.array(deeds, { maxLength: 60 });
  fc.assert(
    fc.property(runs, (list) => told(new VirtualClock(), list).join() === told(new ListClock(), list).join()),
    { numRuns: 500 },
  );
  t.pass();
});

void t.test(
  'virtual clock: ten thousand timers cancelled of each eleven thousand -> swept, the rest in order',
  async (t) => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let number = 0; number < 33_000; number += 1) {
      const delay_ms = (number * 7_919) % 1_000;
      const timer = clock.setTimer(delay_ms, () => fired.push(delay_ms));
      if (number % 11 !== 0) timer.cancel();
    }
    clock.run();
    t.equal(fired.length, 3_000);
    t.same(
      fired,
      fired.toSorted((a, b) => a - b),
    );
  },
);

void t.test('virtual clock: a timer cancelled twice, or after it fired -> nothing', async (t) => {
  const clock = new VirtualClock();
  let fired = 0;
  const timer = clock.setTimer(5, () => {
    fired += 1;
    timer.cancel();
  });
  clock.run(10);
  timer.cancel();
  t.equal(fired, 1);
  t.equal(clock.now(), 10);
  t.notOk(clock.step());
});

void t.test(
  'slots: for every order of taking and giving, no more than there are at once, first come first',
  async (t) => {
    const orders = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 50 }));
    fc.assert(
      fc.property(orders, ([count, acts]) => {
        const slots = new Slots(count);
        const served: number[] = [];
        let came = 0;
        let given = 0;
        for (const isTaking of acts) {
          if (isTaking) {
            came += 1;
            const guest = came;
            slots.take(() => {
              served.push(guest);
              return true;
            });
          } else if (given < served.length) {
            given += 1;
            slots.give();
          }
          if (served.length !== Math.min(came, given + count)) return false;
        }
        return served.every((guest, index) => guest === index + 1);
      }),
    );
    t.pass();
  },
);

interface Seen {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly seen: Observation[];
}

function worldOf(nodes: readonly string[], tftpSlots: number): Seen {
  const clock = new VirtualClock();
  const seen: Observation[] = [];
  const observe = (observation: Observation): void => {
    seen.push(observation);
  };
  const world = new World({ clock, nodes: nodes.map(simFacts), seed: 7, times: measuredTimes, tftpSlots, observe });
  return { clock, world, seen };
}

const stagesOf = (seen: readonly Observation[]): readonly (Stage | 'trouble' | 'ended')[] =>
  seen.map((observation) => (observation.kind === 'reached' ? observation.stage : observation.kind));

void t.test('sim world: power on -> every stage once, in order', async (t) => {
  const { clock, world, seen } = worldOf(['root1'], 1);
  world.setPower(nodeId('root1'), 'on');
  world.setPower(nodeId('root1'), 'on');
  clock.run();
  t.same(stagesOf(seen), CHAINS.lun.slice(1));
});

void t.test(
  'sim world: for every instant of a power cut, it is dark from then on, and boots anew when on',
  async (t) => {
    fc.assert(
      fc.property(fc.nat(12_000), (at_ms) => {
        const { clock, world, seen } = worldOf(['root1'], 1);
        const id = nodeId('root1');
        world.setPower(id, 'on');
        clock.run(at_ms);
        world.begin(id, 'power.cut');
        const { length } = seen;
        clock.run(at_ms + 60_000);
        if (seen.length !== length || stagesOf(seen).at(-1) !== 'off') return false;
        world.setPower(id, 'on');
        clock.run();
        return stagesOf(seen.slice(length)).join() === CHAINS.lun.slice(1).join();
      }),
    );
    t.pass();
  },
);

void t.test('sim world: for every order of power cuts, whoever waits for TFTP is served in the end', async (t) => {
  const names = ['root1', 'root2', 'root3', 'root4'];
  const cuts = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(1_500)), { maxLength: 6 });
  fc.assert(
    fc.property(cuts, (list) => {
      const { clock, world, seen } = worldOf(names, 1);
      for (const id of names) world.setPower(nodeId(id), 'on');
      for (const [id, at_ms] of list) {
        clock.setTimer(at_ms, () => {
          world.begin(nodeId(id), 'power.cut');
          world.setPower(nodeId(id), 'on');
        });
      }
      clock.run();
      const last = names.map((id) => stagesOf(seen.filter(({ node }) => node === id)).at(-1));
      return last.every((stage) => stage === 'up');
    }),
  );
  t.pass();
});

const HELD: readonly (readonly [MishapKind, Stage])[] = [
  ['dhcp.mute', 'pxe.dhcp'],
  ['boot-file.wrong', 'pxe.tftp'],
  ['lun.refuse', 'iscsi.login'],
  ['lun.no-boot-loader', 'iscsi.boot'],
  ['kernel.panic', 'kernel'],
];

void t.test(
  'sim world: each mishap -> the boot ends at its stage; healed at once it goes on, too late it does not',
  async (t) => {
    for (const [mishap, stage] of HELD) {
      for (const when of ['never', 'at once', 'too late'] as const) {
        const { clock, world, seen } = worldOf(['root1'], 1);
        const id = nodeId('root1');
        world.begin(id, mishap);
        world.setPower(id, 'on');
        while (stagesOf(seen).at(-1) !== stage) clock.step();
        if (when === 'at once') world.heal(id, mishap);
        clock.run();
        if (when === 'too late') world.heal(id, mishap);
        clock.run();
        t.equal(stagesOf(seen).at(-1), when === 'at once' ? 'up' : 'ended', `${mishap}, healed ${when}`);
        t.equal(
          stagesOf(seen)
            .filter((name) => STAGES.some((known) => known === name))
            .includes('up'),
          when === 'at once',
        );
      }
    }
  },
);

void t.test(
  'sim world: twelve thousand dark nodes in the queue for TFTP -> the one behind them is served',
  async (t) => {
    const names = Array.from({ length: 12_000 }, (_, index) => `n${index}`);
    const { clock, world, seen } = worldOf(names, 1);
    for (const id of names) world.setPower(nodeId(id), 'on');
    // 3 s: by then all have asked for the boot file.
    clock.run(3_000);
    const [first = '', ...others] = names.slice(0, -1);
    for (const id of [...others, first]) world.begin(nodeId(id), 'power.cut');
    clock.run();
    t.equal(stagesOf(seen).filter((stage) => stage === 'up').length, 1);
  },
);

void t.test(
  'pxe9: a thousand nodes and 16 TFTP slots -> the times that SimPy, SimGrid and plain loops print',
  async (t) => {
    const { makespan, sum } = playPxe9(1_000);
    t.equal(makespan.toFixed(4), '116.1990');
    t.equal(sum.toFixed(3), '67173.184');
  },
);
