import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { foldHandsLog, type HandsLine } from '../../../core/far/hands-log.js';
import { faultOf } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import { LineLog } from '../../../drivers/journal-file/line-log.js';
import { scratchOf } from '../../run-metalrig.js';

const LIFE: HandsLine = { line: 'life', hands: 'east', journal: 'j', life: 'l' };
const asked = (ask: number): HandsLine => {
  const input = { node: nodeId('n1'), want: 'on' } as const;
  return { line: 'asked', asked: { ask, effect: 'power.ensure', input, deadlineAt: null } };
};

void t.test('line log: for every place where a crash tears it, the whole lines before are there', async (t) => {
  const file = join(scratchOf(t), 'hands.jsonl');
  const lines = [LIFE, ...[1, 2, 3, 4].map(asked)];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  fc.assert(
    fc.property(fc.nat(text.length), (length) => {
      writeFileSync(file, text);
      truncateSync(file, length);
      const opened = LineLog.open(file);
      opened.log.append(asked(9));
      opened.log.close();
      const again = LineLog.open(file);
      again.log.close();
      const whole = lines.slice(0, text.slice(0, length).split('\n').length - 1);
      return JSON.stringify(again.lines) === JSON.stringify([...whole, asked(9)]);
    }),
  );
  t.pass();
});

void t.test('line log: lines in the place of others -> those alone, for their owner, and it goes on', async (t) => {
  const file = join(scratchOf(t), 'hands.jsonl');
  const { log } = LineLog.open(file);
  t.equal(log.append(asked(1)), null);
  t.equal(log.replace([LIFE]), null);
  t.equal(log.append(asked(2)), null);
  t.equal(await log.sync(), true);
  log.close();
  t.equal(readFileSync(file, 'utf8'), `${JSON.stringify(LIFE)}\n${JSON.stringify(asked(2))}\n`);
  t.equal(statSync(file).mode & 0o077, 0);
});

void t.test('line log: a folder that is none -> told, and so is a line that is none', async (t) => {
  const file = join(scratchOf(t), 'none', 'hands.jsonl');
  try {
    LineLog.open(file);
    t.fail('it was opened');
  } catch (thrown) {
    t.match(faultOf(thrown), { code: 'HND-007', file, why: 'ENOENT' });
  }
  t.equal(foldHandsLog([LIFE, undefined], 'j'), 2);
  t.equal(foldHandsLog([LIFE, { line: 'asked', asked: { ask: 1 } }], 'j'), 2);
  t.strictSame(foldHandsLog([LIFE, asked(1)], 'another'), new Map());
});
