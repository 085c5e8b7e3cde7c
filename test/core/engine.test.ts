import fc from 'fast-check';
import t from 'tap';
import type { Answer, EffectInput } from '../../core/effects/catalog.js';
import { withDeadlines } from '../../core/effects/deadline.js';
import type { Perform } from '../../core/effects/perform.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import { Engine } from '../../core/engine/engine.js';
import type { Evidence, Observation } from '../../core/evidence.js';
import { FaultError } from '../../core/faults/fault.js';
import { machineId } from '../../core/ids.js';
import type { Append } from '../../core/journal/entry.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { makeReport, type Report } from '../../core/report/report.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { Expectation, Mishap } from '../../core/scenario/scenario.js';
import { VirtualClock } from '../../sim/clock.js';
import { runSim } from '../../sim/run.js';
import { NODE } from '../arbitraries/happenings.js';
import { entriesOf, play } from '../arbitraries/journaled.js';
import { name, planOf, type Story } from '../arbitraries/stories.js';

const CALM: Story = { nodes: 1, seed: 1, mishaps: [], deadlines: {}, limit_ms: null };
const ON = { node: NODE, want: 'on', deadlineAt: null } as const;

type PowerAnswer = Answer<'power.ensure'>;

void t.test(
  'deadlines: for every answer, deadline and cancel, whichever comes first is the only one told',
  async (t) => {
    const times = fc.record({
      answersAt: fc.option(fc.nat(20)),
      deadlineAt: fc.option(fc.integer({ min: -5, max: 20 })),
      cancelledAt: fc.option(fc.nat(20)),
    });
    fc.assert(
      fc.property(times, ({ answersAt, deadlineAt, cancelledAt }) => {
        const clock = new VirtualClock();
        const told: string[] = [];
        let isCancelled = false;
        const inner: Perform = (_effect, _input, answer) => {
          const done = { ok: true, output: { power: 'on', at: answersAt ?? 0 } } as const;
          // Answers even after its cancel: the wrapper may not trust it.
          if (answersAt !== null) clock.setTimer(answersAt, () => answer(done as never));
          return () => {
            isCancelled = true;
          };
        };
        const input: EffectInput<'power.ensure'> = { ...ON, deadlineAt };
        const cancel = withDeadlines(clock, inner)('power.ensure', input, (answer: PowerAnswer) => {
          told.push(answer.ok ? `done at ${clock.now()}` : `${answer.failure.fault.code} at ${answer.failure.at}`);
        });
        if (cancelledAt !== null) clock.setTimer(cancelledAt, cancel);
        clock.run();
        const lateAt = deadlineAt === null ? Number.POSITIVE_INFINITY : Math.max(0, deadlineAt);
        const endsAt = Math.min(lateAt, cancelledAt ?? Number.POSITIVE_INFINITY);
        // Ties fall as timers were set: the deadline's first, then the answer's, then the cancel's.
        const isDone = answersAt !== null && answersAt < lateAt && answersAt <= endsAt;
        const isLate = !isDone && lateAt <= endsAt && lateAt !== Number.POSITIVE_INFINITY;
        const expected = isDone ? [`done at ${answersAt}`] : isLate ? [`EFF-001 at ${lateAt}`] : [];
        // Without a deadline there is no wrapper, and this inner effect answers a cancelled ask.
        if (deadlineAt === null) return true;
        if (told.join() !== expected.join()) throw new Error(`${told.join()} and not ${expected.join()}`);
        return isCancelled === (!isDone && endsAt !== Number.POSITIVE_INFINITY);
      }),
      { numRuns: 400 },
    );
    t.pass();
  },
);

void t.test('deadlines: an effect that answers during the call -> one answer, and no timer is left', async (t) => {
  const clock = new VirtualClock();
  const told: boolean[] = [];
  const inner: Perform = (_effect, _input, answer) => {
    answer({ ok: true, output: { power: 'on', at: 0 } } as never);
    return () => {};
  };
  withDeadlines(clock, inner)('power.ensure', { ...ON, deadlineAt: 9 }, ({ ok }) => told.push(ok));
  t.notOk(clock.step());
  t.same(told, [true]);
});

interface Edge extends PromiseEdge {
  readonly bugs: unknown[];
  readonly aborts: AbortController[];
}

function edge(): Edge {
  const bugs: unknown[] = [];
  const aborts: AbortController[] = [];
  const newAbort = () => {
    const abort = new AbortController();
    aborts.push(abort);
    return abort;
  };
  return { clock: new VirtualClock(), newAbort, onBug: (thrown) => bugs.push(thrown), bugs, aborts };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

void t.test('promised: kept, broken by a fault, broken by a bug, cancelled -> each told as what it is', async (t) => {
  const fault = { code: 'EFF-003', kind: 'effect.broke', effect: 'power.ensure', why: 'no answer' } as const;
  const ways = {
    kept: () => Promise.resolve({ power: 'on' as const }),
    fault: () => Promise.reject(new FaultError(fault)),
    bug: () => Promise.reject(new TypeError('a bug')),
  };
  const tell = async (way: keyof typeof ways, isCancelled: boolean) => {
    const parts = edge();
    const answers: PowerAnswer[] = [];
    const cancel = promised<'power.ensure'>(parts, ways[way])(ON, (answer) => answers.push(answer));
    if (isCancelled) cancel();
    await settled();
    return { answers, bugs: parts.bugs.length, aborted: parts.aborts[0]?.signal.aborted };
  };
  t.same(await tell('kept', false), {
    answers: [{ ok: true, output: { power: 'on', at: 0 } }],
    bugs: 0,
    aborted: false,
  });
  t.same(await tell('fault', false), {
    answers: [{ ok: false, failure: { fault, at: 0 } }],
    bugs: 0,
    aborted: false,
  });
  t.same(await tell('bug', false), { answers: [], bugs: 1, aborted: false });
  for (const way of ['kept', 'fault', 'bug'] as const) {
    t.same(await tell(way, true), { answers: [], bugs: 0, aborted: true }, `${way}, cancelled`);
  }
});

void t.test(
  'engine: an effect that was cancelled and answers all the same -> cancelled once, its answer is dropped',
  async (t) => {
    const entries: string[] = [];
    const answers: ((answer: PowerAnswer) => void)[] = [];
    const cancelled: string[] = [];
    const perform: Perform = (effect, _input, answer) => {
      answers.push(answer as never);
      return () => {
        cancelled.push(effect);
      };
    };
    const append: Append = (happening) => {
      entries.push(happening.entry === 'entered' ? happening.state : happening.entry);
      return true;
    };
    const engine = new Engine({ clock: new VirtualClock(), perform, append, onEntered: () => {} });
    const id = machineId('node', NODE);
    engine.start(id, compiledSteppers().node, { node: NODE });
    engine.tell(id, 'scenario', { type: 'deploy.requested', at: 0 });
    answers[0]?.({ ok: true, output: { power: 'on', at: 1 } });
    engine.tell(id, 'boot', { type: 'boot.up', at: 2 });
    const { length } = entries;
    for (const answer of answers) answer({ ok: true, output: { power: 'on', at: 3 } });
    t.same(cancelled, ['power.ensure']);
    t.same(entries.slice(length), []);
    t.equal(engine.standing(id)?.state, 'active');
  },
);

void t.test('engine: for every entry that cannot be written, nothing is asked or entered after it', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (fullAfter) => {
      const done: string[] = [];
      let written = 0;
      const append: Append = ({ entry }) => {
        written += 1;
        if (written <= fullAfter && (entry === 'entered' || entry === 'effect.asked')) done.push(entry);
        return written <= fullAfter;
      };
      const acted: string[] = [];
      const clock = new VirtualClock();
      const perform: Perform = (effect, _input, answer) => {
        acted.push('effect.asked');
        const output = effect === 'boot.await' ? null : { power: 'on', device: 'network', at: 0 };
        if (output !== null) clock.setTimer(1, () => answer({ ok: true, output } as never));
        return () => {};
      };
      const engine = new Engine({ clock, perform, append, onEntered: () => acted.push('entered') });
      engine.start(machineId('node', NODE), compiledSteppers().node, { node: NODE });
      engine.start(machineId('boot', NODE), compiledSteppers().boot, { node: NODE, deadlines_ms: {} });
      engine.tell(machineId('node', NODE), 'scenario', { type: 'deploy.requested', at: 0 });
      clock.run();
      return acted.join() === done.join();
    }),
  );
  t.pass();
});

const sign = (what: string): Observation => ({ kind: 'reached', stage: 'firmware', node: NODE, source: 'sim', what });

type LogDeed = 'seen' | 'take' | 'crash' | 'cancel';

void t.test(
  'evidence log: for every order of signs, waits, cancels and crashes, each is taken once, in order',
  async (t) => {
    const orders = fc.array(fc.constantFrom<LogDeed>('seen', 'seen', 'take', 'take', 'crash', 'cancel'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(orders, (deeds) => {
        const log = new EvidenceLog(new VirtualClock());
        const journal: Evidence[] = [];
        let signs = 0;
        let isWaiting = false;
        let willCrash = false;
        let cancel = (): void => {};
        const wait = (): void => {
          isWaiting = true;
          cancel = log.next(NODE, journal.at(-1)?.seq ?? 0, (evidence) => {
            isWaiting = false;
            // What a rig that dies is told reaches no journal.
            if (willCrash) willCrash = false;
            else journal.push(evidence);
          });
        };
        for (const deed of deeds) {
          if (deed === 'seen') {
            signs += 1;
            log.observe(sign(`sign ${signs}`));
          } else if (deed === 'take' && !isWaiting) wait();
          else if (deed === 'crash') willCrash = true;
          else if (deed === 'cancel' && isWaiting) {
            cancel();
            isWaiting = false;
          }
        }
        willCrash = false;
        for (let turn = 0; turn <= signs; turn += 1) if (!isWaiting) wait();
        const expected = Array.from({ length: signs }, (_, index) => `${index + 1} sign ${index + 1}`);
        return journal.map(({ seq, what }) => `${seq} ${what}`).join() === expected.join();
      }),
    );
    t.pass();
  },
);

void t.test('evidence log: made anew after a crash -> the numbers go on where the journal has them', async (t) => {
  const log = new EvidenceLog(new VirtualClock());
  const taken: number[] = [];
  log.next(NODE, 41, ({ seq }) => taken.push(seq));
  log.observe(sign('again'));
  t.same(taken, [42]);
});

/** When mishaps began and healed, and where the boot stood. */
function mishapsOf(story: Story): readonly string[] {
  let stage = 'nowhere';
  return entriesOf(play(story).text).flatMap((entry) => {
    if (entry.entry === 'entered' && entry.machine === machineId('boot', name(0))) stage = entry.state;
    return entry.entry === 'mishap' ? [`${entry.mishap} ${entry.change} at ${entry.at} in ${stage}`] : [];
  });
}

const mute: Mishap = { mishap: 'dhcp.mute', node: name(0), when: null, healsAfter_ms: null };

void t.test('director: mishaps from the start, at an instant, at a stage, healed -> each in its time', async (t) => {
  t.same(mishapsOf({ ...CALM, mishaps: [mute] }), ['dhcp.mute begins at 0 in nowhere']);
  t.same(mishapsOf({ ...CALM, mishaps: [{ ...mute, when: { kind: 'at', at_ms: 170 }, healsAfter_ms: 100 }] }), [
    'dhcp.mute begins at 170 in firmware',
    'dhcp.mute heals at 270 in firmware',
  ]);
  const reaches: Mishap = { ...mute, when: { kind: 'reaches', stage: 'pxe.tftp' } };
  t.match(mishapsOf({ ...CALM, mishaps: [reaches] }), [/^dhcp.mute begins at \d+ in pxe.tftp$/]);
});

void t.test(
  'director: a run that takes longer than its limit -> overtime at the limit, to the millisecond',
  async (t) => {
    const outcome = play({ ...CALM, limit_ms: 777 });
    t.same([outcome.how, outcome.virtual_ms], ['overtime', 777]);
    t.equal(play(CALM).how, 'settled');
  },
);

void t.test('simulation: somebody wants to stop it -> it is interrupted', async (t) => {
  const story = { ...CALM, nodes: 1_000 };
  const parts = { plan: planOf(story), seed: 1, append: () => true, steppers: compiledSteppers() };
  t.equal(runSim({ ...parts, isInterrupted: () => true }).how, 'interrupted');
  t.equal(runSim({ ...parts, isInterrupted: () => false }).how, 'settled');
});

function reportOf(story: Story, all: Expectation): Report {
  const plan: Plan = { ...planOf(story), expected: new Map(planOf(story).nodes.map(({ id }) => [id, all])) };
  const { standing, virtual_ms } = play(story);
  const facts = { plan, standing, world: 'sim', seed: story.seed, startedAt: null, virtual_ms, wall_ms: 0, faults: [] };
  return makeReport({ ...facts, sendings: [], token: 'a token' });
}

const PANICS: Story = {
  ...CALM,
  mishaps: [{ mishap: 'kernel.panic', node: name(0), when: null, healsAfter_ms: null }],
};

void t.test('report: as expected, better, worse and otherwise -> pass, and what was expected instead', async (t) => {
  const up: Expectation = { outcome: 'up' };
  const panic: Expectation = { outcome: 'failed', stage: 'kernel', fault: 'kernel.panic' };
  const late: Expectation = { outcome: 'failed', stage: 'kernel', fault: 'stage.late' };
  const verdict = (story: Story, expectation: Expectation) => {
    const { verdict: how, faults } = reportOf(story, expectation);
    return [
      how,
      ...faults.flatMap((fault) => (fault.code === 'RUN-002' ? [`${fault.expected}: ${fault.actual}`] : [])),
    ];
  };
  t.same(verdict(CALM, up), ['pass']);
  t.same(verdict(PANICS, panic), ['pass']);
  t.same(verdict(CALM, panic), ['fail', 'failed at kernel by kernel.panic: up']);
  t.same(verdict(PANICS, up), ['fail', 'up: failed at kernel by kernel.panic']);
  t.same(verdict(PANICS, late), ['fail', 'failed at kernel by stage.late: failed at kernel by kernel.panic']);
});

void t.test(
  'report: of a failed boot -> its stages with their times, the cause with its words, what was seen last',
  async (t) => {
    const { nodes, faults } = reportOf(PANICS, { outcome: 'up' });
    const node = nodes[name(0)];
    t.equal(node?.outcome, 'failed');
    t.equal(node?.boots, 1);
    t.equal(node?.stages.at(-1)?.stage, 'kernel');
    t.equal(node?.stages.at(-1)?.took_ms, 4_000);
    t.match(faults[0], { code: 'BOOT-006', node: name(0), says: /panicked/, remedy: /console/ });
    const spans = node?.stages.map(({ at_ms, took_ms }) => at_ms + (took_ms ?? 0)) ?? [];
    t.same(
      spans.slice(0, -1),
      node?.stages.slice(1).map(({ at_ms }) => at_ms),
    );
  },
);
