import fc from 'fast-check';
import t from 'tap';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';
import { Chain, GENESIS } from '../../core/journal/codec.js';
import type { Entry, Happening } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { readJournal } from '../../core/journal/read.js';
import { entriesOf, play, sha256, STEPPERS } from '../arbitraries/journaled.js';
import { stories } from '../arbitraries/stories.js';

const OPENED: Happening = { entry: 'opened', version: 1, scenario: 'story', world: 'sim', seed: 1 };

/** Any text that a console or a frame may bring, in entries that carry such text. */
const said = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('","hash":"', '\n', '\u2028', '"}'));
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    entry: fc.constant('mishap' as const),
    mishap: said,
    node: said,
    change: fc.constant('begins' as const),
  }),
  fc.record({
    entry: fc.constant('fault' as const),
    fault: said.map((why): Fault => ({ code: 'EFF-003', kind: 'effect.broke', effect: 'power.ensure', why })),
  }),
  fc.record({ entry: fc.constant('resumed' as const), entries: fc.nat() }),
  fc.record({ entry: fc.constant('taken.over' as const), node: said, pid: fc.nat(), powerOn: fc.nat() }),
);
const instants = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true }));
const written = fc.array(fc.tuple(happenings, instants), { maxLength: 20 });

function textOf(told: readonly (readonly [Happening, number])[]): string {
  const chain = new Chain(sha256);
  return [[OPENED, 0] as const, ...told].map(([happening, at]) => `${chain.append(happening, at)}\n`).join('');
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (thrown) {
    return faultOf(thrown)?.code ?? String(thrown);
  }
}

const read = (text: string) => readJournal(text, 'story.jsonl', sha256);

void t.test('journal: for every list of entries, what is read is what was written, numbered', async (t) => {
  fc.assert(
    fc.property(written, (told) => {
      const text = textOf(told);
      const { entries, chain, torn } = read(text);
      const expected = [[OPENED, 0] as const, ...told].map(([happening, at], index) => {
        // JSON has no -0, and only one way to write half a surrogate pair.
        return JSON.stringify({ seq: index + 1, at, ...happening });
      });
      t.same(
        entries.map((entry) => JSON.stringify(entry)),
        expected,
      );
      return torn === 0 && chain.length === told.length + 1 && text.includes(chain.head);
    }),
  );
  t.pass();
});

void t.test('journal: for every place where a crash tears the last line, the rest is read, and goes on', async (t) => {
  fc.assert(
    fc.property(written, happenings, fc.nat(), (told, last, cut) => {
      const text = textOf(told);
      const line = textOf([...told, [last, 7]]).slice(text.length, -1);
      const torn = line.slice(0, cut % (line.length + 1));
      const result = read(`${text}${torn}`);
      const again = `${text}${result.chain.append(last, 7)}`;
      return result.torn === torn.length && again === `${text}${line}`;
    }),
  );
  t.pass();
});

const vandals = fc.constantFrom('changed', 'taken out', 'doubled', 'swapped', 'put in');

void t.test('journal: for every entry changed, taken out, doubled, swapped or put in, the chain breaks', async (t) => {
  const places = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(written, vandals, places, (told, deed, [place, column]) => {
      const lines = textOf([[{ entry: 'resumed', entries: 1 }, 1], [{ entry: 'resumed', entries: 2 }, 2], ...told])
        .split('\n')
        .slice(0, -1);
      const at = 1 + (place % (lines.length - 2));
      const line = lines[at] ?? '';
      const spot = column % line.length;
      const other = String.fromCharCode(line.charCodeAt(spot) ^ 1);
      // A changed newline would only move the break to the next line.
      const changed = `${line.slice(0, spot)}${other === '\n' ? ' ' : other}${line.slice(spot + 1)}`;
      const deeds = {
        changed: [...lines.slice(0, at), changed, ...lines.slice(at + 1)],
        'taken out': [...lines.slice(0, at), ...lines.slice(at + 1)],
        doubled: [...lines.slice(0, at + 1), ...lines.slice(at)],
        swapped: [...lines.slice(0, at), lines[at + 1], line, ...lines.slice(at + 2)],
        'put in': [...lines.slice(0, at), new Chain(sha256).append(OPENED, 0), ...lines.slice(at)],
      };
      return codeOf(() => read(`${deeds[deed].join('\n')}\n`)) === 'JRN-001';
    }),
    { numRuns: 300 },
  );
  t.pass();
});

void t.test('journal: a text that is none, or of another version -> JRN-002', async (t) => {
  const chain = new Chain(sha256, GENESIS);
  const of = (version: number) => `${new Chain(sha256).append({ ...OPENED, version: version as 1 }, 0)}\n`;
  t.equal(
    codeOf(() => read('')),
    'JRN-002',
  );
  t.equal(
    codeOf(() => read('not a line')),
    'JRN-002',
  );
  t.equal(
    codeOf(() => read('not a journal\n')),
    'JRN-001',
  );
  t.equal(
    codeOf(() => read(of(2))),
    'JRN-002',
  );
  t.equal(
    codeOf(() => read(`${chain.append({ entry: 'resumed', entries: 0 }, 0)}\n`)),
    'JRN-002',
  );
  t.equal(
    codeOf(() => read(of(1))),
    'none',
  );
});

/** Entries that say what machines did: changing one must not pass. Others say what people and worlds did. */
const OUTCOMES: ReadonlySet<Entry['entry']> = new Set(['entered', 'effect.asked', 'unexpected']);

/** The same entry, telling of something else. */
function forged(entry: Entry): Entry {
  if (entry.entry === 'entered') return { ...entry, state: entry.state === 'up' ? 'failed' : 'up' };
  if (entry.entry === 'unexpected') return { ...entry, event: 'expected' };
  if (entry.entry !== 'effect.asked') return entry;
  return { ...entry, input: { ...entry.input, node: nodeId('somebody-else') } };
}

void t.test('journal: for every outcome forged, with its chain made anew, the fold diverges right there', async (t) => {
  fc.assert(
    fc.property(stories, fc.nat(), (story, place) => {
      const entries = entriesOf(play(story).text);
      const outcomes = entries.filter(({ entry }) => OUTCOMES.has(entry));
      const target = outcomes[place % outcomes.length];
      const { divergences } = fold(
        entries.map((entry) => (entry === target ? forged(entry) : entry)),
        STEPPERS,
      );
      return divergences.length === 1 && divergences[0]?.entry === target?.seq;
    }),
  );
  t.pass();
});

void t.test('journal: for every evidence forged to be of the last stage, the fold diverges', async (t) => {
  fc.assert(
    fc.property(stories, fc.nat(), (story, place) => {
      const entries = entriesOf(play(story).text);
      const answers = entries.filter((entry) => entry.entry === 'effect.done' && entry.effect === 'boot.await');
      const target = answers[place % answers.length];
      const changed = entries.map((entry): Entry => {
        if (entry !== target || entry.entry !== 'effect.done' || !('evidence' in entry.output)) return entry;
        const { evidence } = entry.output;
        const isUp = evidence.kind === 'reached' && evidence.stage === 'up';
        const stage = isUp ? ('kernel' as const) : ('up' as const);
        const { node, source, what, seq, at } = evidence;
        const other = { kind: 'reached' as const, stage, node, source, what, seq, at };
        return { ...entry, output: { evidence: other, at: entry.output.at } };
      });
      const { divergences } = fold(changed, STEPPERS);
      return target === undefined || (divergences[0]?.entry ?? 0) > target.seq;
    }),
  );
  t.pass();
});

void t.test('journal: for every outcome taken out or doubled, the fold diverges', async (t) => {
  fc.assert(
    fc.property(stories, fc.nat(), fc.boolean(), (story, place, isDoubled) => {
      const entries = entriesOf(play(story).text);
      // What machines did last may be missing: that is what a crash leaves.
      const outcomes = entries.slice(0, -2 * story.nodes).filter(({ entry }) => OUTCOMES.has(entry));
      const target = outcomes[place % outcomes.length];
      const changed = entries.flatMap((entry) => (entry === target ? (isDoubled ? [entry, entry] : []) : [entry]));
      const { divergences, machines } = fold(changed, STEPPERS);
      return divergences.length > 0 || [...machines.values()].some(({ due }) => due.length > 0);
    }),
  );
  t.pass();
});

void t.test(
  'journal: a machine of an unknown kind, or one that never started -> a divergence, not a crash',
  async (t) => {
    const [first, second] = entriesOf(play({ nodes: 1, seed: 1, mishaps: [], deadlines: {}, limit_ms: null }).text);
    if (first === undefined || second?.entry !== 'started') throw new Error('a run starts with its machines');
    const told = {
      entry: 'told',
      machine: second.machine,
      from: 'a',
      event: { type: 'b', at: 0 },
      seq: 2,
      at: 0,
    } as const;
    t.match(fold([first, { ...second, kind: 'toaster' }], STEPPERS).divergences, [{ entry: 2, recorded: 'toaster' }]);
    t.match(fold([first, told], STEPPERS).divergences, [{ entry: 2, expected: `a started ${second.machine}` }]);
  },
);
