import * as fc from 'fast-check';
import t from 'tap';
import { Likeness } from '../../../core/console/likeness.js';

/** Few letters, so that what is lost or doubled often looks like what comes next. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u00ff'), maxLength: 30 });
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

function pieces(whole: string, lengths: readonly number[]): readonly string[] {
  const found: string[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    found.push(whole.slice(at, at + length));
    at += length;
  }
  return found;
}

void t.test(
  'likeness: for every text, said before it is heard, in any pieces -> alike, and even at the end',
  async (t) => {
    fc.assert(
      fc.property(text, cuts, cuts, (said, saidBy, heardBy) => {
        const likeness = new Likeness();
        const coming = [...pieces(said, saidBy)];
        let ahead = 0;
        for (const piece of pieces(said, heardBy)) {
          while (ahead < piece.length) {
            const next = coming.shift() ?? '';
            likeness.said(next);
            ahead += next.length;
          }
          likeness.heard(piece);
          ahead -= piece.length;
        }
        return likeness.isEven && likeness.differsAt === null;
      }),
    );
    t.pass();
  },
);

void t.test('likeness: for every two texts -> the first byte at which they differ', async (t) => {
  fc.assert(
    fc.property(text, text, cuts, (said, heard, heardBy) => {
      const likeness = new Likeness();
      likeness.said(said);
      for (const piece of pieces(heard, heardBy)) likeness.heard(piece);
      const length = Math.max(said.length, heard.length);
      const first = Array.from({ length }, (_, at) => at).find((at) => said[at] !== heard[at]);
      return likeness.differsAt === (first ?? null);
    }),
  );
  t.pass();
});

void t.test('likeness: a line that has fallen far behind -> what was awaited is lost, and not kept', async (t) => {
  const likeness = new Likeness();
  likeness.said('x'.repeat(300_000));
  t.equal(likeness.differsAt, 0);
  t.ok(likeness.isEven);
});
